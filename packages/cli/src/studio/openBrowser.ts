import { spawn } from "node:child_process";

/** Opens an address in the default browser; whether that worked is seen on the screen. */
export function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url.replaceAll("&", "^&")]
        : ["xdg-open", url];
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  // The address stands in the terminal, too.
  child.on("error", () => {});
  child.unref();
}
