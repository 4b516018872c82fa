import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { goldenModel } from "../test/golden.ts";
import { expectRefusal, hasSharedData, samples, sharedData, thrown } from "../test/samples.ts";
import { FastTextModel } from "./fastTextModel.ts";
import { TextClassifier } from "./textClassifier.ts";

// Several models are trained here, perhaps on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const LANGUAGES = new URL("../../../node_modules/fasttext.wasm.js/dist/fastText/models/lid.176.ftz", import.meta.url);
const encoder = new TextEncoder();

/** What fastText prints of the first article of the Universal Declaration of Human Rights, and of other text. */
const ANSWERS: readonly [text: string, label: string, probability: number][] = [
  ["Hello, world!", "en", 0.124504],
  ["All human beings are born free", "en", 0.998327],
  ["Tous les êtres humains naissent libres", "fr", 0.983175],
  ["Alle Menschen sind frei und gleich", "de", 0.999918],
  ["Todos los seres humanos nacen libres", "es", 0.930347],
  ["Tutti gli esseri umani nascono liberi", "it", 0.997441],
  ["Todos os seres humanos nascem livres", "pt", 0.807707],
  ["Alle mensen worden vrij en gelijk", "nl", 0.988167],
  ["Alla människor äro födda fria och", "sv", 0.999244],
  ["Alle mennesker er født frie og", "no", 0.713087],
  ["Kaikki ihmiset syntyvät vapaina ja tasavertaisina", "fi", 0.971092],
  ["Wszyscy ludzie rodzą się wolni i", "pl", 0.99923],
  ["Všichni lidé rodí se svobodní a", "cs", 0.976825],
  ["Minden. emberi lény szabadon születik és", "hu", 0.934266],
  ["Bütün insanlar hür, haysiyet ve haklar", "tr", 0.983234],
  ["Все люди рождаются свободными и равными", "ru", 0.996541],
  ["Всі люди народжуються вільними і рівними", "uk", 0.999257],
  ["Всички хора се раждат свободни и", "bg", 0.681346],
  ["Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και", "el", 0.992699],
  ["כל בני אדם נולדו בני חורין", "he", 0.999794],
  ["يولد جميع الناس أحرارًا متساوين في", "ar", 0.995744],
  ["تمام افراد بشر آزاد بدنیا میایند", "fa", 0.83531],
  ["تمام انسان آزاد اور حقوق و", "ar", 0.505153],
  ["सभी मनुष्यों को गौरव और अधिकारों", "hi", 0.985016],
  ["सर्व मानवी व्यक्ति जन्मतःच स्वतंत्र आहेत", "mr", 0.814098],
  ["সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং", "bn", 0.978491],
  ["மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்", "ta", 1],
  ["ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రుల", "te", 0.999882],
  ["ಎಲ್ಲಾ ಮಾನವರೂ ಸ್ವತಂತ್ರರಾಗಿಯೇ ಜನಿಸಿದ್ದಾರೆ. ಹಾಗೂ ಘನತೆ", "kn", 0.997042],
  ["മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും അന്തസ്സോടും സ്വാതന്ത്ര്യ", "ml", 0.999074],
  ["પ્રતિષ્ઠા અને અધિકારોની દૃષ્ટિએ સર્વ માનવો", "gu", 0.999951],
  ["ਸਾਰਾ ਮਨੁੱਖੀ ਪਰਿਵਾਰ ਆਪਣੀ ਮਹਿਮਾ, ਸ਼ਾਨ", "pa", 0.999928],
  ["มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักด[เกียรต", "th", 0.998748],
  ["ມະນຸດເກີດມາມີສິດເສລີພາບ ແລະ ສະເໝີໜ້າກັນໃນທາງກຽດຕິສັກ ແລະ ທາງ", "lo", 0.963898],
  ["មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព ក្នុងផ្នែកសេចក្ដីថ្លៃ", "km", 0.994268],
  ["လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီ", "my", 0.999637],
  ["ყოველი ადამიანი იბადება თავისუფალი და თანასწორი", "ka", 0.992784],
  ["Բոլոր մարդիկ ծնվում են ազատ ու", "hy", 0.999738],
  ["የሰው፡ልጅ፡ሁሉ፡ሲወለድ፡ነጻና፡በክብርና፡በመብትም፡እኩልነት፡ያለው፡ነው።፡የተፈጥሮ፡ማስተዋልና፡ሕሊ", "am", 0.230335],
  [
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており",
    "ja",
    1.00003,
  ],
  ["人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。", "zh", 0.677282],
  ["모든 인간은 태어날 때부터 자유로우며 그", "ko", 1.00007],
  ["Tất cả mọi người sinh ra", "vi", 0.872529],
  ["Semua orang dilahirkan merdeka dan mempunyai", "ms", 0.688936],
  ["Каждый человек имеет право на жизнь", "ru", 0.964051],
  ["لكل فرد حق في الحياة والحرية", "ar", 0.995737],
  ["人人有权享有生命、自由和人身安全。", "ja", 0.546167],
  ["すべて人は、生命、自由及び身体の安全に対する権利を有する。", "ja", 1.00005],
  ["qwxzy vvvvkk zzz", "en", 0.220887],
  ["the", "en", 0.726528],
  ["a", "en", 0.124504],
  ["the right __label__en to life", "en", 0.508055],
  ["the right __label__xx to life", "en", 0.508055],
];

describe("lid.176.ftz, the model of 176 languages that fastText's makers gave away", () => {
  let model: FastTextModel;
  let classifier: TextClassifier;
  beforeAll(() => {
    const bytes = Uint8Array.from(readFileSync(LANGUAGES));
    model = FastTextModel.fromBytes(bytes);
    classifier = TextClassifier.fromBytes(bytes);
  });

  test("is what its makers say", () => {
    expect(model).toMatchObject({
      quantized: true,
      compressed: true,
      supervised: true,
      dimension: 16,
      labelCount: 176,
    });
    expect(model.arguments).toMatchObject({ loss: "hs", minn: 2, maxn: 4, model: "sup" });
    expect(classifier.labels.length).toBe(176);
  });

  test(`answers ${ANSWERS.length} texts in many scripts as fastText does, to 2e-6`, () => {
    for (const [text, label, probability] of ANSWERS) {
      model.readLine(encoder.encode(text), true);
      const [best] = model.predict(1, 0);
      expect(model.labelName(best.label), text).toBe(`__label__${label}`);
      expect(Math.abs(best.probability - Math.min(1, probability)), text).toBeLessThan(2e-6);
      expect(classifier.predict(text)).toEqual([{ label, probability: best.probability }]);
    }
  });

  const hasFastText = spawnSync("fasttext", []).error === undefined && hasSharedData("langid-lingua");

  test.skipIf(!hasFastText)("answers every line of langid-lingua as the command fasttext does (needs both)", () => {
    const path = sharedData("langid-lingua/test.txt");
    const { stdout } = spawnSync("fasttext", ["predict-prob", LANGUAGES.pathname, path], { encoding: "utf8" });
    const want = stdout.split("\n").slice(0, -1);
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    expect(want.length).toBe(lines.length);
    let furthest = 0;
    for (const [i, line] of lines.entries()) {
      model.readLine(encoder.encode(line), true);
      const [best] = model.predict(1, 0);
      const [label, probability] = want[i].split(" ");
      expect(model.labelName(best.label), line).toBe(label);
      furthest = Math.max(furthest, Math.abs(best.probability - Math.min(1, Number(probability))));
    }
    expect(furthest).toBeLessThan(1e-5);
  });
});

describe("a model in memory", () => {
  let trained: TextClassifier;
  beforeAll(async () => {
    const options = { tokenizer: "fasttext", valid: 0, epochs: 3, dim: 6, wordNgrams: 1, charNgrams: [2, 3] } as const;
    trained = await TextClassifier.train(samples(90, 1), { ...options, buckets: 1000 });
  });

  test("tells the same as the one read from its .bin: words, counts, vectors, n-grams, neighbours", () => {
    const [own, read] = [
      trained.toFastTextModel(),
      FastTextModel.fromBytes(Uint8Array.from(Buffer.concat([...trained.toFastText("bin").chunks()]))),
    ];
    for (const key of [
      "arguments",
      "version",
      "quantized",
      "wordCount",
      "labelCount",
      "tokenCount",
      "dimension",
    ] as const) {
      expect(own[key]).toEqual(read[key]);
    }
    expect(own.entries()).toEqual(read.entries());
    for (const word of ["goal", "garlic", "</s>"]) {
      expect(own.wordVector(word)).toEqual(read.wordVector(word));
      // Those that were seen: a .bin has a row of zeros for every other bucket.
      const seen = read.ngrams(word).filter(({ vector }) => vector.some((value) => value !== 0));
      expect(own.ngrams(word)).toEqual(seen);
    }
    const query = own.wordVector("goal");
    expect(own.nearest(query, 5, new Set(["goal"]))).toEqual(read.nearest(query, 5, new Set(["goal"])));
    expect(own.nearest(query, 5, new Set(["goal"])).map(({ word }) => word)).not.toContain("goal");
    expect(own.nearest(query, 1, new Set())[0]).toMatchObject({ word: "goal" });
    expect(own.inputRows).toBeLessThan(read.inputRows);
    expect(read.inputRows).toBe(read.wordCount + 1000);
    expect(own.outputRows).toBe(3);
  });

  test("answers as many labels as are asked for, all for −1, none below the threshold", () => {
    const model = trained.toFastTextModel();
    model.readLine(encoder.encode("goal garlic guitar"), true);
    expect(model.predict(1, 0).length).toBe(1);
    expect(model.predict(-1, 0).length).toBe(3);
    expect(model.predict(99, 0).length).toBe(3);
    expect(model.predict(3, 1.1)).toEqual([]);
    const sum = model.predict(3, 0).reduce((total, { probability }) => total + probability, 0);
    expect(sum).toBeCloseTo(1, 4);
  });

  test("finds the labels that stand in a line, and answers nothing to a line without a feature", () => {
    const model = trained.toFastTextModel();
    const { labels, featureCount } = model.readLine(encoder.encode("__label__food goal __label__chess"), false);
    expect(labels.map((label) => model.labelName(label))).toEqual(["__label__food"]);
    expect(featureCount).toBeGreaterThan(1);
    expect(model.readLine(encoder.encode("  "), false)).toEqual({ labels: [], featureCount: 0 });
    expect(model.predict(3, 0)).toEqual([]);
  });

  test("is refused where its features are hashed, with the tokenizer", async () => {
    const hashed = await TextClassifier.train(samples(30, 1), { valid: 0, epochs: 1, dim: 4 });
    expectRefusal(
      thrown(() => hashed.toFastTextModel()),
      "model",
      /tokenizer unicode\) are not fastText's/,
    );
  });
});

test("a truncated model is refused with its byte offset, wherever it ends", () => {
  for (const name of ["ova-both.bin", "ova-both-cutoff.ftz"]) {
    const { bytes } = goldenModel(name);
    for (let i = 0; i < 60; i++) {
      const length = Math.floor((bytes.length * i) / 60);
      expectRefusal(
        thrown(() => FastTextModel.fromBytes(bytes.slice(0, length))),
        "model",
        /^byte \d+: /,
      );
    }
  }
});
