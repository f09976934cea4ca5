/** What an agent's tools cost: a search over a thousand files, an edit, and its way into everybody else's editor. */
import { openStage, type Stage } from './stage.ts'

const FILES = 1_000
const LINES = 120
const SEARCHES = 40
const EDITS = 200
const EDITED = 'src/edited.ts'

/** Milliseconds, one for each call. */
export type ToolCalls = {
  readonly grep: readonly number[]
  readonly edit: readonly number[]
  readonly editToPeer: readonly number[]
}

export async function measureToolCalls(): Promise<ToolCalls> {
  await using stage = await openStage(contents())
  const grep: number[] = []
  // The first one reads all texts from the log; it counts as well.
  for (let search = 0; search < SEARCHES; search += 1) {
    const wanted = (search * 37) % FILES
    const pattern = `export function part${wanted}\\b|nowhere\\d+`
    const started = performance.now()
    const result = await stage.call('grep', { pattern, include: '*.ts' })
    grep.push(performance.now() - started)
    if (result.result !== 'done' || result.detail !== '1 match in 1 file')
      throw new Error(`the search did not find what it should: ${JSON.stringify(result)}`)
  }
  return { grep, ...(await measureEdits(stage)) }
}

async function measureEdits(stage: Stage): Promise<Omit<ToolCalls, 'grep'>> {
  const edit: number[] = []
  const editToPeer: number[] = []
  const peer = await stage.peer(EDITED)
  for (let number = 0; number < EDITS; number += 1) {
    const wanted = `mark ${number + 1};`
    const arrived = Promise.withResolvers<number>()
    const look = (): void => {
      if (peer.toString().includes(wanted)) arrived.resolve(performance.now())
    }
    peer.observe(look)
    const started = performance.now()
    const result = await stage.call('edit', {
      filePath: EDITED,
      oldString: `mark ${number};`,
      newString: wanted,
    })
    edit.push(performance.now() - started)
    if (result.result !== 'done' || result.outcome?.kind !== 'applied')
      throw new Error(`the edit did not land: ${JSON.stringify(result)}`)
    editToPeer.push((await arrived.promise) - started)
    peer.unobserve(look)
  }
  return { edit, editToPeer }
}

/** 1,000 files of 120 lines, some 4 MB together. */
function contents(): Readonly<Record<string, string>> {
  const files: Record<string, string> = { [EDITED]: '// mark 0;\n' }
  for (let file = 1; file < FILES; file += 1) {
    const lines = Array.from(
      { length: LINES },
      (_, line) => `  const value${line} = compute(${file}, ${line}) // some words`,
    )
    files[`src/area${file % 20}/part${file}.ts`] =
      `export function part${file}() {\n${lines.join('\n')}\n}\n`
  }
  files['src/part0.ts'] = 'export function part0() {}\n'
  return files
}
