/**
 * Where an agent's edit has just landed: its range, or the place where it took text out, lights up in violet with the
 * agent's name, and fades. An agent has no caret.
 */
import * as Y from 'yjs'
import { agentName } from '#lib/ui/person-words.ts'
import type { Hands } from './attribution/hands.ts'
import type { CodeEditor, MonacoApi } from './monaco.ts'
import { landedSpans, type Span } from './landed-spans.ts'
import { offsetOf } from './pending/offsets.ts'

const SHOWN_MS = 2_600
const FADING_MS = 900
/** Nobody asks any more where it was. */
const TOO_LATE_MS = 6_000

type Landing = {
  readonly client: number
  readonly from: Y.RelativePosition
  readonly to: Y.RelativePosition
  readonly at: number
}

/** Where an agent took text out and put none in. */
type Removed = { readonly member: string; readonly at: readonly unknown[] }

/** `present` are the client ids of the people who are here: what they type needs no sign. Returns how to stop. */
export function showAgentLandings(
  monaco: MonacoApi,
  editor: CodeEditor,
  text: Y.Text,
  hands: Hands,
  present: () => ReadonlySet<number>,
  onRemoved: (listener: (removed: Removed) => void) => () => void,
): () => void {
  const shown = new Set<{ readonly clear: () => void }>()
  let waiting: readonly Landing[] = []

  const listen = (event: Y.YTextEvent, transaction: Y.Transaction): void => {
    if (transaction.local) return
    const people = present()
    const landed = landedSpans(text, event, (client) => !people.has(client))
    if (landed.length === 0) return
    waiting = [...waiting, ...landed.map((span) => landingAt(text, span))]
    // The editor's model follows the text in this turn.
    queueMicrotask(settle)
  }

  const settle = (): void => {
    const now = Date.now()
    const open = waiting.filter(({ at }) => now - at < TOO_LATE_MS)
    waiting = open.filter(({ client }) => hands.of(client) === null)
    const known = open.filter((landing) => !waiting.includes(landing))
    const byAgent = Map.groupBy(known, ({ client }) => {
      const hand = hands.of(client)
      return hand?.session && hand.member ? agentName(hand.member.name) : ''
    })
    for (const [name, landings] of byAgent) {
      const spans = landings.flatMap(({ from, to }) => {
        const start = offsetOf(from, text)
        const end = offsetOf(to, text)
        return start === null || end === null || end <= start ? [] : [{ start, end }]
      })
      if (name !== '') light(name, 'agent-landed', spans)
    }
  }

  const lightGap = ({ member, at }: Removed): void => {
    const places = at.map((position) => offsetOf(position, text)).filter((one) => one !== null)
    const spans = [...new Set(places)].map((place) => ({ start: place, end: place }))
    light(`${agentName(member)} took text out`, 'agent-removed', spans)
  }

  const light = (
    words: string,
    className: 'agent-landed' | 'agent-removed',
    spans: readonly { readonly start: number; readonly end: number }[],
  ): void => {
    const model = editor.getModel()
    if (!model) return
    const ranges = spans.map(({ start, end }) =>
      monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end)),
    )
    const last = ranges.at(-1)
    if (!last) return
    const marks = editor.createDecorationsCollection()
    const draw = (fading: string): void => {
      const color = getComputedStyle(document.documentElement).getPropertyValue('--agent').trim()
      const line =
        last.endColumn === 1 && !last.isEmpty()
          ? Math.max(1, last.endLineNumber - 1)
          : last.endLineNumber
      marks.set([
        ...ranges.map((range) => ({
          range,
          options: {
            className: `${className}${fading}`,
            showIfCollapsed: true,
            overviewRuler: { color, position: monaco.editor.OverviewRulerLane.Full },
          },
        })),
        {
          range: new monaco.Range(
            line,
            model.getLineMaxColumn(line),
            line,
            model.getLineMaxColumn(line),
          ),
          options: {
            showIfCollapsed: true,
            after: {
              content: `\u00a0✦ ${words}\u00a0`.replaceAll(' ', '\u00a0'),
              inlineClassName: `agent-landed-name${fading}`,
              inlineClassNameAffectsLetterSpacing: true,
              cursorStops: monaco.editor.InjectedTextCursorStops.None,
            },
          },
        },
      ])
    }
    draw('')
    const fade = setTimeout(() => draw(' fading'), SHOWN_MS)
    const end = setTimeout(() => shown.delete(mark) && marks.clear(), SHOWN_MS + FADING_MS)
    const mark = {
      clear: () => {
        clearTimeout(fade)
        clearTimeout(end)
        marks.clear()
      },
    }
    shown.add(mark)
  }

  text.observe(listen)
  const deaf = hands.onNews(settle)
  // The text follows in this turn, or has followed already.
  const unheard = onRemoved((removed) => queueMicrotask(() => lightGap(removed)))
  return () => {
    text.unobserve(listen)
    deaf()
    unheard()
    for (const mark of shown) mark.clear()
  }
}

function landingAt(text: Y.Text, { client, from, to }: Span): Landing {
  return {
    client,
    from: Y.createRelativePositionFromTypeIndex(text, from),
    // Bound to its last character: what is typed behind it does not belong to it.
    to: Y.createRelativePositionFromTypeIndex(text, to, -1),
    at: Date.now(),
  }
}
