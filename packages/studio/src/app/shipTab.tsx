import type { JSX } from "preact";
import type { ModelView } from "../session/protocol.ts";
import { megabytes } from "./format.ts";
import { changes, data, downloadData, downloadModel, model, tab } from "./state.ts";

/** The model to take along, and how to use it elsewhere. */
export function ShipTab(): JSX.Element {
  const view = model.value;
  if (!view)
    return (
      <section class="bax-section">
        <h2>Ship</h2>
        <p>There is no model yet.</p>
        <button
          type="button"
          class="studio-button"
          onClick={() => {
            tab.value = "train";
          }}
        >
          To the training
        </button>
      </section>
    );
  return (
    <>
      <section class="bax-section" aria-labelledby="ship-title">
        <h2 id="ship-title">Take the model along</h2>
        <p class="bax-explanation">
          One file with everything in it: the words, the labels, the numbers. It is the same to the byte as the file
          that the command line makes of the same data with the same options.
        </p>
        <button type="button" class="studio-button" onClick={() => downloadModel()}>
          Download {view.name} ({megabytes(view.bytes)})
        </button>
      </section>
      {data.value ? (
        <section class="bax-section" aria-labelledby="cleaned-title">
          <h2 id="cleaned-title">Take the data along</h2>
          <p class="bax-explanation">
            {changes.value === 0
              ? "Your data as a CSV file; nothing was changed in them here."
              : `Your data as a CSV file, with the ${changes.value} ${changes.value === 1 ? "change" : "changes"} that you made on the tab Improve.`}
          </p>
          <button type="button" class="studio-quiet-button" onClick={() => downloadData()}>
            Download the data
          </button>
        </section>
      ) : null}
      <section class="bax-section" aria-labelledby="code-title">
        <h2 id="code-title">Use it</h2>
        {snippetsOf(view).map(({ title, code }) => (
          <figure key={title} class="studio-code">
            <figcaption>
              {title}{" "}
              <button type="button" class="studio-quiet-button" onClick={() => navigator.clipboard.writeText(code)}>
                Copy
              </button>
            </figcaption>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
            <pre tabIndex={0}>{code}</pre>
          </figure>
        ))}
      </section>
    </>
  );
}

function snippetsOf({ name }: ModelView): readonly { title: string; code: string }[] {
  const file = JSON.stringify(`./${name}`);
  return [
    { title: "Command line", code: `echo "a text" | bax predict ${name}` },
    {
      title: "Node",
      code: `import { load } from "bax/node";\n\nconst model = await load(${file});\nconsole.log(model.predict("a text"));`,
    },
    {
      title: "Browser or edge",
      code: `import { load } from "bax/predict";\n\nconst response = await fetch(${file});\nconst model = load(new Uint8Array(await response.arrayBuffer()));\nconsole.log(model.predict("a text"));`,
    },
  ];
}
