// What the worker keeps over a reload.
import type { ShelfOf } from "../shelf/browserShelf.ts";
import type { ChosenColumns, DecisionView, ModelView, SuspectsView } from "./protocol.ts";

/** What is kept, by its name. What an earlier version kept may lack what came later. */
export interface Kept {
  data: {
    readonly name: string;
    readonly blob: Blob;
    readonly columns: Omit<ChosenColumns, "weight"> & Partial<Pick<ChosenColumns, "weight">>;
  };
  model: { readonly file: Blob; readonly view: ModelView };
  suspects: SuspectsView;
  decisions: readonly DecisionView[];
}

/** Keeps the work. Where the browser gives no room for it, the work is not lost, only not kept. */
export type Shelf = ShelfOf<Kept>;
