import { log } from "bax";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { BrowserShelf } from "../shelf/browserShelf.ts";
import { Controls } from "./controls.tsx";
import { Derivation, Letters } from "./derivation.tsx";
import { GradientSection } from "./gradientSection.tsx";
import { type KeptLessons, LessonKeeper } from "./lessonKeeper.ts";
import { LossCurve } from "./lossCurve.tsx";
import { PlanePicture } from "./planePicture.tsx";
import { SentenceTable } from "./sentenceTable.tsx";
import { StepBar } from "./stepBar.tsx";
import { LearnStore } from "./store.ts";

/** Kept while the page lives, so that a lesson is still there when the reader comes back to the tab. */
const store = new LearnStore();
const keeper = new LessonKeeper(store, new BrowserShelf<KeptLessons>());

/** Goes on with the lesson of an earlier visit, if there is one; from then on the lesson survives a reload. */
export async function restoreLesson(): Promise<void> {
  await keeper.begin();
  addEventListener("pagehide", () => keeper.keep());
}

/** Forgets the lesson, on the page and over a reload. */
export function forgetLesson(): Promise<void> {
  return keeper.forget();
}

/** The derivation as a page to play with: sentences, matrices, a step of descent at a time, and the gradient tried out. */
export function LearnTab(): JSX.Element {
  useEffect(() => () => store.pause(), []);
  return (
    <div class="learn">
      <h2>How it learns, number by number</h2>
      <p class="bax-explanation">
        The model of this page is the whole of bax in small: f(BAx). A text becomes numbers (x), a table A makes them
        short, a table B makes scores of them, and the softmax makes scores probabilities. It starts with random numbers
        and walks downhill. Press <em>Next part</em> and watch each number being computed; choose any number to see what
        it was computed from.
      </p>
      <SentenceTable store={store} />
      <Controls store={store} />
      <StepBar store={store} />
      <Overview />
      <CurrentLetters />
      <Derivation store={store} />
      <GradientSection store={store} />
      <section class="learn-section learn-rest" aria-labelledby="learn-rest-title">
        <div class="learn-prose">
          <h3 id="learn-rest-title">What is left out here</h3>
          <p>
            The Train tab does the same with more: features are pairs of words and pieces of words as well, the learning
            rate adapts itself to each word and label, a text may have several labels, texts and labels may have
            weights, and three other losses can take the place of this one. The walk is the same: ŷ less y, back through
            B, times x.
          </p>
        </div>
      </section>
    </div>
  );
}

function Overview(): JSX.Element {
  const lesson = store.lesson.value;
  const { costs, batchLosses, problem, settings } = lesson;
  return (
    <div class="bax-columns">
      <LossCurve costs={costs} batchLosses={batchLosses} guessing={log(problem.labels.length)} />
      {settings.dimension === 2 ? (
        <PlanePicture lesson={lesson} />
      ) : (
        <div class="learn-figure">
          <h3>Words, labels and sentences in the plane</h3>
          <p class="bax-quiet">
            There is a picture where each word has two hidden numbers. Now it has {settings.dimension}.
          </p>
          <button type="button" class="bax-button" onClick={() => store.setDimension(2)}>
            Take two (starts again)
          </button>
        </div>
      )}
    </div>
  );
}

function CurrentLetters(): JSX.Element {
  return <Letters lesson={store.lesson.value} />;
}
