/** Questions on the terminal; a password is not shown while it is typed. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { PlainError } from '../plain-error.ts'

export async function askLine(question: string): Promise<string> {
  return ask(question, process.stderr)
}

export async function askPassword(question: string): Promise<string> {
  needTerminal()
  process.stderr.write(question)
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
  const answer = await ask('', silent)
  process.stderr.write('\n')
  return answer
}

async function ask(question: string, output: NodeJS.WritableStream): Promise<string> {
  needTerminal()
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const stopped = new AbortController()
  lines.once('SIGINT', () => {
    stopped.abort()
  })
  try {
    return await lines.question(question, { signal: stopped.signal })
  } catch {
    throw new PlainError('Stopped; nothing was imported.')
  } finally {
    lines.close()
  }
}

function needTerminal(): void {
  if (!process.stdin.isTTY) {
    throw new PlainError(
      'Nobody can be asked here. Set RELPIN_TOKEN, or pass --email and set RELPIN_PASSWORD.',
    )
  }
}
