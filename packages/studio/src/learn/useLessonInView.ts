import { useComputed, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Lesson } from "./lesson.ts";
import type { LearnStore } from "./store.ts";

/**
 * The lesson for a part of the page. While it plays, what is out of view keeps the one that it has: several steps a second are
 * drawn only where somebody sees them. Otherwise it is always the present one.
 */
export function useLessonInView(store: LearnStore, place: RefObject<Element | null>): Lesson {
  const inView = useSignal(true);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver((entries) => {
      inView.value = entries[entries.length - 1].isIntersecting;
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place, inView]);
  const last = useRef(store.lesson.peek());
  return useComputed(() => {
    const lesson = store.lesson.value;
    if (!store.playing.value || inView.value) last.current = lesson;
    return last.current;
  }).value;
}
