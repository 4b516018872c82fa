// Loaded when the tab is opened, never before: KaTeX and its fonts come with it.
import "katex/dist/katex.min.css";
import "./learn.css";
import "./derivation.css";

export { forgetLesson, LearnTab, restoreLesson } from "./learnTab.tsx";
