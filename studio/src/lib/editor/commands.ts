/** What the keyboard does in the workspace: one list for the keys, for the editor's command palette and for the help. */
import type { CodeEditor, MonacoApi } from './monaco.ts'

export type Command = {
  readonly id: string
  readonly label: string
  /** `mod+shift+e`, `alt+a`, `F7`: as `Kbd` shows it. */
  readonly keys: string
  /** False while there is nothing to do: then the key is left to whoever else wants it. */
  readonly ready: () => boolean
  readonly run: () => void
}

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>

/** Letters are told by their place on the keyboard: with Alt many layouts write other signs. */
export function isPressed(event: Pressed, keys: string): boolean {
  const parts = keys.split('+')
  const key = parts.at(-1) ?? ''
  const mod = event.ctrlKey || event.metaKey
  if (mod !== parts.includes('mod') || event.altKey !== parts.includes('alt')) return false
  if (event.shiftKey !== parts.includes('shift')) return false
  return key.length === 1 ? event.code === `Key${key.toUpperCase()}` : event.key === key
}

/** Offers the commands in the editor's palette (F1), with their keys. Returns how to take them away. */
export function addToPalette(
  monaco: MonacoApi,
  editor: CodeEditor,
  commands: readonly Command[],
): () => void {
  const actions = commands.map(({ id, label, keys, ready, run }) =>
    editor.addAction({
      id: `relpin.${id}`,
      label,
      keybindings: [keybinding(monaco, keys)],
      run: () => {
        if (ready()) run()
      },
    }),
  )
  return () => {
    for (const action of actions) action.dispose()
  }
}

function keybinding({ KeyMod, KeyCode }: MonacoApi, keys: string): number {
  const parts = keys.split('+')
  const key = parts.at(-1) ?? ''
  const codes = KeyCode as unknown as Readonly<Record<string, number>>
  return (
    (parts.includes('mod') ? KeyMod.CtrlCmd : 0) |
    (parts.includes('alt') ? KeyMod.Alt : 0) |
    (parts.includes('shift') ? KeyMod.Shift : 0) |
    (codes[key.length === 1 ? `Key${key.toUpperCase()}` : key] ?? 0)
  )
}
