/** What the command line tells a person: one line per thing that happened, with marks where a terminal shows them. */

export type Say = {
  /** Something has begun that takes a while. */
  readonly progress: (text: string) => void
  /** Something is done. */
  readonly done: (text: string) => void
  readonly info: (text: string) => void
  readonly problem: (text: string) => void
}

/** Marks and colours on a terminal, plain lines in a pipe or a log. */
export function sayTo(out: NodeJS.WriteStream = process.stdout): Say {
  const fancy = out.isTTY && !process.env['NO_COLOR']
  const line = (mark: string, colour: number, text: string) =>
    out.write(fancy ? `\x1b[${colour}m${mark}\x1b[0m ${text}\n` : `${text}\n`)
  return {
    progress: (text) => line('…', 2, text),
    done: (text) => line('✓', 32, text),
    info: (text) => line(' ', 0, text),
    problem: (text) => line('✗', 31, text),
  }
}

/** For sentences: `0.8 s`, `41 s`. */
export function seconds(sinceMs: number): string {
  const elapsed = (Date.now() - sinceMs) / 1000
  return `${elapsed < 10 ? elapsed.toFixed(1) : Math.round(elapsed)} s`
}
