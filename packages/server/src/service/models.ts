import { BaxError, type TextClassifier } from "bax";
import { ModelVersion, type ServedModel } from "./modelVersion.ts";

/** What a model may be called: it stands in paths. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The models that are served, by name. A name is looked up here and nowhere else. Putting a model under a name that another has swaps them
 * whole: who asked before is answered by the old one, which is closed when the last of them has its answer.
 */
export class Models {
  private readonly versions = new Map<string, ModelVersion>();
  /** Old ones that are not closed yet. */
  private readonly leaving = new Set<Promise<void>>();
  /** Called when a version is put under a name. */
  onSwap: ((version: ModelVersion, old: ModelVersion | undefined) => void) | undefined;

  /** `served`: models by name. Throws a BaxError ("usage") for a name that cannot stand in a path. */
  constructor(served: Readonly<Record<string, ServedModel | TextClassifier>> = {}) {
    for (const name of Object.keys(served)) void this.put(name, served[name]);
  }

  /** The version that answers now; undefined for a name that no model has. To be held by whoever uses it over time. */
  get(name: string): ModelVersion | undefined {
    return this.versions.get(name);
  }

  /** All versions that answer now, by name. */
  all(): ModelVersion[] {
    return [...this.versions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Serves a model under a name from now on. Resolves when the one that had it is closed. */
  put(name: string, model: ServedModel | TextClassifier): Promise<void> {
    if (!NAME.test(name))
      throw new BaxError(
        "usage",
        `model name "${name}": expected letters, digits, ".", "_" and "-", up to 128`,
        "Give the model another name.",
      );
    const version = new ModelVersion(name, isServed(model) ? model : { classifier: model });
    const old = this.versions.get(name);
    this.versions.set(name, version);
    this.onSwap?.(version, old);
    return this.leave(old);
  }

  /** Serves the model no longer. Resolves when it is closed. */
  remove(name: string): Promise<void> {
    const old = this.versions.get(name);
    this.versions.delete(name);
    return this.leave(old);
  }

  /** Serves nothing any more. Resolves when all that was ever served is closed. */
  async close(): Promise<void> {
    for (const { name } of this.all()) void this.remove(name);
    await Promise.all(this.leaving);
  }

  private leave(old: ModelVersion | undefined): Promise<void> {
    if (!old) return Promise.resolve();
    const closed = old.retire().finally(() => this.leaving.delete(closed));
    this.leaving.add(closed);
    return closed;
  }
}

function isServed(model: ServedModel | TextClassifier): model is ServedModel {
  // The library's class has methods; what is served with it is a plain object around one.
  return !("predict" in model);
}
