import type { Part } from "./lesson.ts";
import type { MatrixName } from "./step.ts";

/** A formula, and what it says in words. */
export interface Statement {
  readonly words: string;
  readonly tex: string;
}

/** A part of the derivation, with the matrices that it speaks of and the signs between them. */
export interface Section {
  readonly part: Part;
  readonly title: string;
  /** The letters of the part, for the row of parts. */
  readonly short: string;
  readonly statements: readonly Statement[];
  readonly remark?: string;
  readonly rows: readonly (readonly (MatrixName | string)[])[];
}

/** The derivation in the order of docs/maths.md, which is also the order of a step. */
export const SECTIONS: readonly Section[] = [
  {
    part: "features",
    title: "A text becomes numbers",
    short: "x",
    statements: [
      {
        words:
          "Every word that occurs anywhere has a weight in the text: its share of the text’s words. A word that occurs twice among four words has 2/4; a word that does not occur has 0.",
        tex: "x_p = \\frac{\\text{how often word } p \\text{ occurs}}{\\text{words of the text}}",
      },
      {
        words: "The truth is a number for each label: 1 at the label that you gave, 0 at the others.",
        tex: "y_j \\in \\{0, 1\\}, \\quad \\textstyle\\sum_j y_j = 1",
      },
    ],
    remark: "A number in brackets is a sentence. A step takes one of them, or several: as many as the batch is large.",
    rows: [["features", "target"]],
  },
  {
    part: "hidden",
    title: "The text in short",
    short: "h",
    statements: [
      {
        words:
          "Every word has a few numbers of its own in A; they are what the model learns of the word. Those of the text are the mean over its words: multiply each word’s numbers by its weight, and add up.",
        tex: "h = A x, \\quad h_i = \\sum_p A_{i,p} \\, x_p",
      },
    ],
    remark:
      "In the formula a word is a column of A. The table is drawn the other way round, as the library keeps it: a row a word.",
    rows: [["embeddings", "·", "features", "=", "hidden"]],
  },
  {
    part: "logits",
    title: "A score for each label",
    short: "s",
    statements: [
      {
        words:
          "Every label has a few numbers as well, a row of B. Its score is high where they agree with those of the text: multiply them pair by pair, and add up.",
        tex: "s = B h, \\quad s_j = \\sum_i B_{j,i} \\, h_i",
      },
    ],
    rows: [["output", "·", "hidden", "=", "logits"]],
  },
  {
    part: "probabilities",
    title: "Scores become probabilities",
    short: "ŷ",
    statements: [
      {
        words:
          "Raise e to the power of each score: that makes all of them positive. Divide by their sum: that makes them add up to 1. The highest score keeps the largest share. This is the softmax.",
        tex: "\\hat y_j = \\frac{e^{s_j}}{\\sum_c e^{s_c}}",
      },
    ],
    rows: [["logits", "→", "probabilities"]],
  },
  {
    part: "loss",
    title: "What is minimised",
    short: "L",
    statements: [
      {
        words:
          "The loss says how much the truth surprises the model: minus the logarithm of the probability that it gave to the right label. It is 0 where the model is certain and right.",
        tex: "L_n = -\\sum_j y_{nj} \\log \\hat y_{nj}",
      },
      {
        words: "The cost is the mean of the losses. Training makes it small.",
        tex: "L = \\frac{1}{N} \\sum_n L_n",
      },
      {
        words:
          "A probability can be so small that it is rounded to 0, and 0 has no logarithm. So the code computes the same number from the scores.",
        tex: "\\begin{aligned} & L_n = \\operatorname{logsumexp}(s_n) - \\sum_j y_{nj} \\, s_{nj} \\\\ & \\operatorname{logsumexp}(s) = \\max s + \\log \\sum_c e^{s_c - \\max s} \\end{aligned}",
      },
    ],
    rows: [["probabilities", "target", "→", "loss"], ["meanLoss"]],
  },
  {
    part: "dLogits",
    title: "Down the chain, to the scores",
    short: "ŷ − y",
    statements: [
      {
        words: "First, the loss by a probability. Only the right label’s counts, and the less likely it was, the more.",
        tex: "\\frac{\\partial L}{\\partial \\hat y_i} = -\\frac{y_i}{\\hat y_i}",
      },
      {
        words:
          "Second, a probability by a score. A label’s own score lifts it; the others’ scores take from it. (δ is 1 where i = j, and 0 elsewhere.)",
        tex: "\\frac{\\partial \\hat y_i}{\\partial s_j} = \\hat y_i \\, (\\delta_{ij} - \\hat y_j)",
      },
      {
        words:
          "Third, both together, added up over i. Nearly all of it cancels: what is left is the answer less the truth.",
        tex: "\\begin{aligned} \\frac{\\partial L}{\\partial s_j} &= \\sum_i \\frac{\\partial L}{\\partial \\hat y_i} \\frac{\\partial \\hat y_i}{\\partial s_j} \\\\ &= \\hat y_j \\textstyle\\sum_i y_i - y_j = \\hat y_j - y_j \\end{aligned}",
      },
    ],
    rows: [["probabilities", "−", "target", "=", "dLogits"]],
  },
  {
    part: "dOutput",
    title: "The derivative by B: equation (1)",
    short: "∂L/∂B",
    statements: [
      {
        words:
          "Each number of a label’s row: how wrong the label’s probability was, times the number of the text that it was multiplied by.",
        tex: "\\frac{\\partial L}{\\partial B} = (\\hat y - y) \\, h^{\\mathsf T}",
      },
    ],
    remark: "Where a step has several sentences, the derivative is the mean over them.",
    rows: [["dLogits", "·", "hidden", "=", "dOutput"]],
  },
  {
    part: "dHidden",
    title: "Back through B",
    short: "∂L/∂h",
    statements: [
      {
        words:
          "Which way should the text’s own numbers have been different? Each label pulls along its row of B, as hard as its probability was wrong.",
        tex: "\\frac{\\partial L}{\\partial h} = B^{\\mathsf T} (\\hat y - y)",
      },
    ],
    rows: [["output", "·", "dLogits", "=", "dHidden"]],
  },
  {
    part: "dEmbeddings",
    title: "The derivative by A: equation (2)",
    short: "∂L/∂A",
    statements: [
      {
        words:
          "Each word of the text passes on what its text wants, times its own weight. A word that does not occur has weight 0 and stays as it is: so a step costs as much as the text is long, however many words there are.",
        tex: "\\frac{\\partial L}{\\partial A} = B^{\\mathsf T} (\\hat y - y) \\, x^{\\mathsf T}",
      },
    ],
    rows: [["dHidden", "·", "features", "=", "dEmbeddings"]],
  },
  {
    part: "update",
    title: "One step downhill",
    short: "new A, B",
    statements: [
      {
        words:
          "A derivative points uphill. So take a part of it away from every number; the learning rate η says how large a part.",
        tex: "\\theta \\leftarrow \\theta - \\eta \\, \\frac{\\partial L}{\\partial \\theta}",
      },
    ],
    remark:
      "θ stands for all numbers that are learned, those of A and those of B. The next step begins with the new ones.",
    rows: [
      ["output", "−η", "dOutput", "=", "newOutput"],
      ["embeddings", "−η", "dEmbeddings", "=", "newEmbeddings"],
    ],
  },
];

/** The title of a part's section. */
export function sectionTitle(part: Part): string {
  return SECTIONS.find((section) => section.part === part)?.title ?? part;
}

/** The id of a section's element. */
export function sectionId(part: string): string {
  return `learn-${part}`;
}

/** Brings a section into view, below the row of buttons; without a glide where the reader wants no motion. */
export function goTo(part: string): void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.getElementById(sectionId(part))?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
}
