/** From a key going down in one browser to its letter standing in the other one's page. */
import { setTimeout as delay } from 'node:timers/promises'
import { watchText, type Window } from './windows.ts'

const LINES = 6
const LETTERS_A_LINE = 54
/** Lines to type into: comments, in which nothing is suggested. Capitals, so that only typed letters are counted. */
export const KEYSTROKE_FILE = { path: 'src/typed.ts', text: '// \n'.repeat(LINES) }

/** Milliseconds, one for each of 324 keystrokes at some eight a second. */
export async function measureKeystrokes(from: Window, to: Window): Promise<readonly number[]> {
  const count = await watchText(
    to.workspace.page,
    `return Array.from({ length: (shown.match(/[a-z]/g) ?? []).length }, (_, at) => at)`,
  )
  const { page } = from.workspace
  await page.evaluate(`{
    globalThis.benchKeys = []
    addEventListener('keydown', (event) => {
      if (/^[a-z]$/.test(event.key)) benchKeys.push(performance.timeOrigin + event.timeStamp)
    }, { capture: true })
  }`)
  for (let line = 1; line <= LINES; line += 1) {
    await from.workspace.caret(line)
    for (let letter = 0; letter < LETTERS_A_LINE; letter += 1) {
      await page.keyboard.press(String.fromCharCode(97 + ((line * 7 + letter * 11) % 26)))
      await delay(70 + Math.random() * 100)
    }
  }
  const total = LINES * LETTERS_A_LINE
  for (let tries = 0; (await count()).size < total; tries += 1) {
    if (tries > 100) throw new Error(`only ${(await count()).size} of ${total} letters arrived`)
    await delay(100)
  }
  const pressed = await page.evaluate<number[]>('benchKeys')
  const seen = await count()
  return pressed.map((at, number) => (seen.get(number) ?? Infinity) - at)
}
