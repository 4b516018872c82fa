import { didYouMean } from "@bax/tables";
import { BaxError } from "bax";
import type { Command } from "commander";
import { Console } from "../output/console.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a script that completes commands and flags in your shell")
    .argument("<shell>", SHELLS.join(", "))
    .addHelpText("before", "Example: bax completion bash >> ~/.bashrc\n")
    .action((shell: string) => new Console({}).write(completionScript(program, shell)));
}

/** The script for a shell, made from the commands and flags that `program` has. Throws BaxError "usage" for another shell. */
export function completionScript(program: Command, shell: string): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    flags: command.options.map(({ long, short, description }) => ({ flag: long ?? short ?? "", description })),
  }));
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
    default:
      throw new BaxError(
        "usage",
        `completion: unknown shell "${shell}"`,
        `Use one of ${SHELLS.join(", ")}.${didYouMean(shell, SHELLS)}`,
      );
  }
}

interface Described {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly { readonly flag: string; readonly description: string }[];
}

function bash(commands: readonly Described[]): string {
  const cases = commands.map(({ name, flags }) => `    ${name}) words="${flags.map(({ flag }) => flag).join(" ")}" ;;`);
  return `_bax() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _bax bax
`;
}

function zsh(commands: readonly Described[]): string {
  const names = commands.map(({ name, description }) => `    ${single(`${name}:${description}`)}`);
  const cases = commands.map(({ name, flags }) => {
    const specs = flags.map(({ flag, description }) => single(`${flag}[${description.replace(/[[\]:]/g, " ")}]`));
    return `    ${name}) _arguments ${[...specs, single("*:file:_files")].join(" ")} ;;`;
  });
  return `#compdef bax
_bax() {
  local -a commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases.join("\n")}
  esac
}
compdef _bax bax
`;
}

function fish(commands: readonly Described[]): string {
  const lines = commands.flatMap(({ name, description, flags }) => [
    `complete -c bax -n __fish_use_subcommand -f -a ${name} -d ${single(description)}`,
    ...flags.map(({ flag, description }) => {
      const spelled = flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
      return `complete -c bax -n '__fish_seen_subcommand_from ${name}' ${spelled} -d ${single(description)}`;
    }),
  ]);
  return `${lines.join("\n")}\n`;
}

/** A word in single quotes, as all three shells read it. */
function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
