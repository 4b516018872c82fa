import type { JSX, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isComputed, type Lesson, PARTS, type Part } from "./lesson.ts";
import { shortNumber } from "./notation.ts";
import { goTo, SECTIONS } from "./sections.ts";
import type { LearnStore } from "./store.ts";

/** The buttons that move the lesson, and where it is. Stays in view. */
export function StepBar({ store }: { readonly store: LearnStore }): JSX.Element {
  const lesson = store.lesson.value;
  const playing = store.playing.value;
  const { step, part, costs } = lesson;
  const bar = useRef<HTMLDivElement>(null);
  useBarHeight(bar);
  useEffect(() => showCurrent(bar.current, part), [part]);
  return (
    <div class="learn-bar" ref={bar}>
      <div class="learn-buttons">
        <button
          type="button"
          class="bax-button learn-main"
          onClick={() => {
            const now = store.nextPart();
            if (store.following.value) requestAnimationFrame(() => goTo(now));
          }}
        >
          Next part
        </button>
        <button type="button" class="bax-button" onClick={() => store.oneStep()}>
          One step
        </button>
        <button type="button" class="bax-button" onClick={() => store.oneEpoch()}>
          One epoch
        </button>
        <button type="button" class="bax-button" onClick={() => store.playOrPause()}>
          {playing ? "Pause" : "Play"}
        </button>
        <button type="button" class="bax-button" onClick={() => store.startAgain()}>
          Start again
        </button>
        <label class="learn-follow">
          <input
            type="checkbox"
            checked={store.following.value}
            onChange={(event) => {
              store.following.value = event.currentTarget.checked;
            }}
          />
          Go to the part
        </label>
      </div>
      <ol class="learn-parts" aria-label="Parts of a step">
        {SECTIONS.map((section) => (
          <li key={section.part}>
            <button
              type="button"
              class={`learn-part${isComputed(lesson, section.part) ? " is-computed" : ""}`}
              aria-current={section.part === part ? "step" : undefined}
              title={section.title}
              onClick={() => goTo(section.part)}
            >
              {section.short}
            </button>
          </li>
        ))}
      </ol>
      <p class="learn-status" role="status" aria-live={playing ? "off" : "polite"}>
        Step <strong>{step.number}</strong>, epoch {step.epoch}: {sentencesOf(lesson)}
        <span class="learn-spoken">, computed as far as {SECTIONS[PARTS.indexOf(part)].short}</span>. Cost of all{" "}
        <strong>{shortNumber(costs[costs.length - 1])}</strong>
      </p>
    </div>
  );
}

/** What the step takes: one sentence by its words, several by their numbers. */
function sentencesOf({ step, problem }: Lesson): string {
  const { batch } = step;
  if (batch.length === 1) return `sentence ${batch[0] + 1}, “${problem.sentences[batch[0]].text}”`;
  return `sentences ${batch.map((n) => n + 1).join(", ")}`;
}

/** Tells the styles how tall the bar is, so that what is gone to comes to lie below it. */
function useBarHeight(bar: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    const page = element.closest<HTMLElement>(".learn");
    const observer = new ResizeObserver(() =>
      page?.style.setProperty("--learn-bar-height", `${element.offsetHeight}px`),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [bar]);
}

/** Scrolls the row of parts, where it is wider than the page, so that the present one is in the middle. */
function showCurrent(bar: HTMLDivElement | null, part: Part): void {
  const list = bar?.querySelector("ol");
  const item = list?.children[PARTS.indexOf(part)];
  if (!list || !(item instanceof HTMLElement)) return;
  list.scrollLeft = item.offsetLeft - list.offsetLeft - (list.clientWidth - item.offsetWidth) / 2;
}
