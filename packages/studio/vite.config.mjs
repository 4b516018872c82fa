// The page and its worker, from the packages' own built modules.
import { defineConfig } from "vite";

/** A page that shares memory with its workers must be isolated: `npm run studio` is served as `bax studio` serves it. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Every browser that runs the page reads woff2: the other forms of KaTeX's fonts would only make the package larger. */
const oneFontFormat = {
  name: "one-font-format",
  enforce: "pre",
  transform: (code, id) =>
    /katex[^/]*\.css$/.test(id) ? code.replaceAll(/,url\([^)]*\) ?format\("(?:woff|truetype)"\)/g, "") : undefined,
};

export default defineConfig({
  plugins: [oneFontFormat],
  base: "./",
  server: { host: "127.0.0.1", headers: isolation },
  preview: { host: "127.0.0.1", headers: isolation },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
