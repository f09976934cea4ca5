/** The others' carets and selections in the file in front, in each person's colour, with a name that shows on a move and fades. */
import type { Presence } from '@relpin/authority/contracts/collab.ts'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { agentName, firstName } from '#lib/ui/person-words.ts'
import { ensureHue } from './hue-rules.ts'
import type { CodeEditor, MonacoApi } from './monaco.ts'
import { offsetOf } from './pending/offsets.ts'
import { sharedPosition } from './shared-position.ts'

const NAME_SHOWN_MS = 2_200

type Peer = {
  readonly widget: FlagWidget
  at: number
  hide: ReturnType<typeof setTimeout> | undefined
}
type FlagWidget = {
  readonly node: HTMLElement
  move: (lineNumber: number, column: number) => void
  remove: () => void
}

/**
 * Draws everybody in `awareness` and announces the own selection there. `shared` is the document that the others have
 * open, when `text` is in a branch of it. Returns how to stop.
 */
export function showPresence(
  monaco: MonacoApi,
  editor: CodeEditor,
  text: Y.Text,
  awareness: Awareness,
  shared: Y.Doc | null,
): () => void {
  const model = editor.getModel()
  if (!model) return () => undefined
  const selections = editor.createDecorationsCollection()
  const peers = new Map<number, Peer>()

  const announce = (): void => {
    const selection = editor.getSelection()
    if (!selection || editor.getModel() !== model) return
    const offset = (lineNumber: number, column: number): unknown =>
      sharedPosition(text, model.getOffsetAt({ lineNumber, column }), shared)
    awareness.setLocalStateField('selection', {
      anchor: offset(selection.selectionStartLineNumber, selection.selectionStartColumn),
      head: offset(selection.positionLineNumber, selection.positionColumn),
    })
  }

  const draw = (): void => {
    if (editor.getModel() !== model) return
    const shown = new Set<number>()
    const ranges = [...awareness.getStates()].flatMap(([clientId, state]) => {
      const { user, selection } = state as Partial<Presence>
      if (clientId === awareness.clientID || !user || !selection) return []
      const anchor = offsetOf(selection.anchor, text)
      const head = offsetOf(selection.head, text)
      if (anchor === null || head === null) return []
      shown.add(clientId)
      const to = model.getPositionAt(head)
      const peer = peers.get(clientId) ?? addPeer(clientId, user)
      if (peer.at !== head) flash(peer)
      peer.at = head
      peer.widget.move(to.lineNumber, to.column)
      if (anchor === head) return []
      const from = model.getPositionAt(anchor)
      return [
        {
          range: anchor < head ? spanning(monaco, from, to) : spanning(monaco, to, from),
          options: { className: `peer-selection ${hueClass(user)}` },
        },
      ]
    })
    selections.set(ranges)
    for (const [clientId, peer] of peers) {
      if (shown.has(clientId)) continue
      clearTimeout(peer.hide)
      peer.widget.remove()
      peers.delete(clientId)
    }
  }

  const addPeer = (clientId: number, user: Presence['user']): Peer => {
    const peer: Peer = { widget: flag(monaco, editor, clientId, user), at: -1, hide: undefined }
    peers.set(clientId, peer)
    return peer
  }

  const listeners = [
    editor.onDidChangeCursorSelection(announce),
    model.onDidChangeContent(() => queueMicrotask(draw)),
  ]
  awareness.on('change', draw)
  announce()
  draw()

  return () => {
    for (const listener of listeners) listener.dispose()
    awareness.off('change', draw)
    awareness.setLocalStateField('selection', null)
    selections.clear()
    for (const peer of peers.values()) {
      clearTimeout(peer.hide)
      peer.widget.remove()
    }
  }
}

function flash(peer: Peer): void {
  peer.widget.node.classList.add('named')
  clearTimeout(peer.hide)
  peer.hide = setTimeout(() => peer.widget.node.classList.remove('named'), NAME_SHOWN_MS)
}

/** The caret and its name, as a content widget at the caret's place. */
function flag(
  monaco: MonacoApi,
  editor: CodeEditor,
  clientId: number,
  user: Presence['user'],
): FlagWidget {
  const node = document.createElement('div')
  node.className = `peer-caret ${user.kind === 'agent' ? 'agent' : 'hue'}`
  node.style.setProperty('--hue', String(user.hue))
  const name = document.createElement('span')
  name.textContent =
    user.kind === 'agent'
      ? `✦ ${user.onBehalfOf ? agentName(user.onBehalfOf) : user.name}`
      : firstName(user.name)
  node.append(name)
  if (user.kind === 'person') ensureHue(user.hue)
  let position = { lineNumber: 1, column: 1 }
  const widget = {
    getId: () => `peer-${clientId}`,
    getDomNode: () => node,
    getPosition: () => ({
      position,
      preference: [monaco.editor.ContentWidgetPositionPreference.EXACT],
    }),
  }
  editor.addContentWidget(widget)
  return {
    node,
    move: (lineNumber, column) => {
      position = { lineNumber, column }
      node.classList.toggle('top-line', lineNumber === 1)
      editor.layoutContentWidget(widget)
    },
    remove: () => editor.removeContentWidget(widget),
  }
}

const hueClass = (user: Presence['user']): string =>
  user.kind === 'agent' ? 'peer-agent' : `peer-hue-${user.hue}`

type Place = { readonly lineNumber: number; readonly column: number }
const spanning = (monaco: MonacoApi, from: Place, to: Place) => monaco.Range.fromPositions(from, to)
