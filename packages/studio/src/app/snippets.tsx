import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** How long a button says that it has copied, in ms. */
const TOLD = 2000;

interface Snippet {
  readonly title: string;
  readonly code: string;
}

/** How the model is used elsewhere, to be copied. `file`: the name that its file was downloaded by. */
export function Snippets({ file }: { file: string }): JSX.Element {
  return (
    <section class="bax-section" aria-labelledby="code-title">
      <h2 id="code-title">Use it</h2>
      {snippetsOf(file).map(({ title, code }) => (
        <figure key={title} class="studio-code">
          <figcaption>
            {title} <Copy title={title} code={code} />
          </figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
          <pre tabIndex={0}>{code}</pre>
        </figure>
      ))}
    </section>
  );
}

/** The browser may refuse, as it does in a page that has no focus: then the text is still there to be marked. */
function Copy({ title, code }: Snippet): JSX.Element {
  const [said, say] = useState("Copy");
  const copy = async (): Promise<void> => {
    const wasCopied = await navigator.clipboard.writeText(code).then(
      () => true,
      () => false,
    );
    say(wasCopied ? "Copied" : "Not allowed: mark it");
    setTimeout(() => say("Copy"), TOLD);
  };
  return (
    <button
      type="button"
      class="studio-quiet-button"
      aria-label={`${said}: ${title}`}
      aria-live="polite"
      onClick={copy}
    >
      {said}
    </button>
  );
}

function snippetsOf(file: string): readonly Snippet[] {
  const path = JSON.stringify(`./${file}`);
  const word = shellWord(file);
  const address = `http://127.0.0.1:8080/v1/models/${encodeURIComponent(servedName(file))}/predict`;
  return [
    { title: "Command line", code: `echo "a text" | bax predict ${word}` },
    {
      title: "Node",
      code: `import { load } from "bax/node";\n\nconst model = await load(${path});\nconsole.log(model.predict("a text"));`,
    },
    {
      title: "Browser or edge",
      code: `import { load } from "bax/predict";\n\nconst response = await fetch(${path});\nconst model = load(new Uint8Array(await response.arrayBuffer()));\nconsole.log(model.predict("a text"));`,
    },
    {
      title: "HTTP",
      code: `bax serve ${word}\n\ncurl ${shellWord(address)} \\\n  -H 'Content-Type: application/json' -d '{"text":"a text"}'`,
    },
  ];
}

/** What `bax serve` calls a model unless it is told. */
function servedName(file: string): string {
  return file.replace(/\.(safetensors|bin|ftz)$/i, "");
}

/** A word for the shell, whatever is in it. */
function shellWord(text: string): string {
  return /^[\w./:%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
