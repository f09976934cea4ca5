/** Puts text on the clipboard, also where pages may not use it directly, as without HTTPS. */
import { say } from './toast.ts'

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.createElement('textarea')
    field.value = text
    field.style.position = 'fixed'
    document.body.append(field)
    const before = document.activeElement
    field.select()
    // The old way: there is no other one left.
    const copied = document.execCommand('copy')
    field.remove()
    if (before instanceof HTMLElement) before.focus()
    return copied
  }
}

/** The same, saying what became of it: `done` when it is there. */
export async function copyAndSay(text: string, done: string): Promise<void> {
  if (await copyText(text)) say(done)
  else say('The browser did not copy it', 'Select the text and press Ctrl+C.')
}
