import type { ComponentType, JSX } from "preact";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import { DataTab } from "./dataTab.tsx";
import { capital } from "./format.ts";
import { ImproveTab } from "./improveTab.tsx";
import { ShipTab } from "./shipTab.tsx";
import {
  data,
  forget,
  forgetToo,
  isBusy,
  isRestoring,
  model,
  openFile,
  refuseFolder,
  restore,
  TABS,
  type Tab,
  tab,
  trouble,
} from "./state.ts";
import { TrainTab } from "./trainTab.tsx";
import { UnderstandTab } from "./understandTab.tsx";

const LearnTab = lazy(async () => {
  const { forgetLesson, LearnTab, restoreLesson } = await import("../learn/index.ts");
  forgetToo(forgetLesson);
  await restoreLesson();
  return LearnTab;
});
const EvaluateTab = lazy(() => import("./evaluateTab.tsx").then(({ EvaluateTab }) => EvaluateTab));

const NAMES: Readonly<Record<Tab, string>> = {
  data: "Data",
  train: "Train",
  evaluate: "Evaluate",
  understand: "Understand",
  improve: "Improve",
  ship: "Ship",
  learn: "Learn",
};
const PANELS: Readonly<Record<Tab, ComponentType>> = {
  data: DataTab,
  train: TrainTab,
  evaluate: EvaluateTab,
  understand: UnderstandTab,
  improve: ImproveTab,
  ship: ShipTab,
  learn: LearnTab,
};

/** The page: what it is of, the tabs, and the one that is open. */
export function Studio(): JSX.Element {
  useEffect(() => {
    restore();
    const over = (event: DragEvent): void => event.preventDefault();
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      const [item] = event.dataTransfer?.items ?? [];
      const file = item?.getAsFile();
      if (item?.webkitGetAsEntry()?.isDirectory) refuseFolder();
      else if (file) openFile(file);
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, []);
  const opened = useRef(tab.value);
  useEffect(() => {
    if (opened.current !== tab.value) followFocus();
    opened.current = tab.value;
  }, [tab.value]);
  const Panel = PANELS[tab.value];
  return (
    <div class="bax-report studio">
      <a class="bax-skip" href="#panel">
        Skip to the content
      </a>
      <header class="studio-head">
        <h1>bax studio</h1>
        <p class="bax-quiet studio-state">{stateOfWork()}</p>
        {data.value || model.value ? (
          <button type="button" class="studio-quiet-button" disabled={isBusy.value} onClick={() => forget()}>
            Start over
          </button>
        ) : null}
      </header>
      <Tabs />
      {trouble.value ? (
        <div class="studio-trouble" role="alert">
          <strong>{capital(trouble.value.message)}.</strong> {trouble.value.advice}
          <button type="button" aria-label="Close this message" onClick={() => (trouble.value = null)}>
            ×
          </button>
        </div>
      ) : null}
      <main>
        <div id="panel" tabIndex={-1} role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
          <Suspense fallback={<p class="bax-quiet">One moment …</p>}>
            {isRestoring.value ? <p class="bax-quiet">Looking for your work …</p> : <Panel />}
          </Suspense>
        </div>
      </main>
    </div>
  );
}

/** A button that leads to another tab is gone with its own: what is at the top of the new one comes next, for eyes and keys. */
function followFocus(): void {
  if (document.activeElement !== document.body) return;
  scrollTo(0, 0);
  document.getElementById("panel")?.focus({ preventScroll: true });
}

function stateOfWork(): string {
  const parts = [
    data.value ? `${data.value.name}: ${data.value.examples.toLocaleString("en-GB")} examples` : "no data yet",
    model.value ? `model of ${model.value.labels.length} labels` : "no model yet",
  ];
  return parts.join(" · ");
}

/** Arrow keys go from tab to tab, as the ARIA practices have it. */
function Tabs(): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to =
      event.key === "Home" ? 0 : event.key === "End" ? TABS.length - 1 : step && TABS.indexOf(tab.value) + step;
    if (to === undefined) return;
    event.preventDefault();
    tab.value = TABS[(to + TABS.length) % TABS.length];
    document.getElementById(`tab-${tab.value}`)?.focus();
  };
  return (
    <div class="studio-tabs" role="tablist" aria-label="Steps" onKeyDown={move}>
      {TABS.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-selected={tab.value === name}
          aria-controls="panel"
          tabIndex={tab.value === name ? 0 : -1}
          onClick={() => {
            tab.value = name;
          }}
        >
          {NAMES[name]}
        </button>
      ))}
    </div>
  );
}
