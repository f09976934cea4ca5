/**
 * Draws the plans of a file's open hunks in Monaco: strikes, inline insertions, blocks of lines, and a bar beside them.
 * Monaco moves what is drawn along with the text, so that only what differs from its plan is drawn again.
 */
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import type { CodeEditor, MonacoApi, TextModel } from '../monaco.ts'
import { blockNode, marginNode } from './block-node.ts'
import { decorationsOf, type Decoration } from './decorations.ts'
import { lanesOf } from './lanes.ts'
import type { Plan } from './plan.ts'

export type ShownHunk = { readonly hunk: PendingHunk; readonly plan: Plan }

export type PendingMarks = {
  readonly show: (hunks: readonly ShownHunk[], current: string | null) => void
  readonly clear: () => void
}

/** What stands for one hunk, or for its author's name: each decoration with its id and what tells it from others. */
type Drawn = readonly { readonly id: string; readonly key: string }[]
type Zone = {
  readonly id: string
  readonly key: string
  readonly delegate: Parameters<ZoneChange['addZone']>[0]
}
type ZoneChange = Parameters<Parameters<CodeEditor['changeViewZones']>[0]>[0]

export function pendingMarks(monaco: MonacoApi, editor: CodeEditor): PendingMarks {
  let drawn: ReadonlyMap<string, Drawn> = new Map()
  let drawnOn: TextModel | null = null
  let zones: readonly Zone[] = []

  const forget = (): void => {
    const ids = [...drawn.values()].flatMap((each) => each.map(({ id }) => id))
    if (ids.length > 0 && drawnOn && !drawnOn.isDisposed()) drawnOn.deltaDecorations(ids, [])
    drawn = new Map()
  }

  const show = (hunks: readonly ShownHunk[], current: string | null): void => {
    const model = editor.getModel()
    if (!model) return
    if (model !== drawnOn) forget()
    drawnOn = model
    const lanes = lanesOf(hunks.map(({ plan }) => plan))
    const wanted = decorationsOf(monaco, model, hunks, lanes, current)
    const gone: string[] = []
    const fresh: { readonly digest: string; readonly decorations: readonly Decoration[] }[] = []
    const next = new Map<string, Drawn>()
    // Monaco shows what is injected at one place in the order in which it came: what follows is drawn anew as well.
    const places = new Set<string>()
    for (const [digest, decorations] of wanted) {
      const before = drawn.get(digest)
      const injected = decorations.filter(({ options }) => options.after).map(placeOf)
      if (
        before &&
        stands(model, before, decorations) &&
        !injected.some((place) => places.has(place))
      )
        next.set(digest, before)
      else {
        if (before) gone.push(...before.map(({ id }) => id))
        fresh.push({ digest, decorations })
        for (const place of injected) places.add(place)
      }
    }
    for (const [digest, each] of drawn) {
      if (!wanted.has(digest)) gone.push(...each.map(({ id }) => id))
    }
    if (gone.length > 0 || fresh.length > 0) {
      const ids = model.deltaDecorations(
        gone,
        fresh.flatMap(({ decorations }) => decorations),
      )
      let at = 0
      for (const { digest, decorations } of fresh) {
        next.set(
          digest,
          decorations.map(({ key }) => ({ id: ids[at++] ?? '', key })),
        )
      }
    }
    drawn = next
    showZones(model, hunks, lanes)
  }

  /** Zones are costly to exchange: those that stay are only told their line. */
  const showZones = (
    model: TextModel,
    hunks: readonly ShownHunk[],
    lanes: readonly number[],
  ): void => {
    const below = new Map<number, number>()
    const nextBelow = (line: number): number => {
      const ordinal = below.get(line) ?? 0
      below.set(line, ordinal + 1)
      return ordinal
    }
    const wanted = hunks.flatMap(({ hunk, plan }, index) =>
      plan.marks.flatMap((mark) =>
        mark.kind === 'block'
          ? [
              {
                mark,
                hunk,
                lane: lanes[index] ?? 0,
                // Blocks below one line stand in the order of their hunks.
                ordinal: nextBelow(mark.after),
                key: `${hunk.digest} ${lanes[index] ?? 0} ${mark.lines.join('\n')}`,
              },
            ]
          : [],
      ),
    )
    const known = new Map(zones.map((zone) => [zone.key, zone]))
    const kept = new Set(wanted.map(({ key }) => key))
    const stays = (zone: Zone | undefined, { mark, ordinal }: (typeof wanted)[number]): boolean =>
      zone?.delegate.afterLineNumber === mark.after && zone.delegate.ordinal === ordinal
    const moved = wanted.some((one) => !stays(known.get(one.key), one))
    if (!moved && zones.every(({ key }) => kept.has(key))) return
    editor.changeViewZones((change) => {
      for (const zone of zones) if (!kept.has(zone.key)) change.removeZone(zone.id)
      zones = wanted.map((one) => {
        const { mark, hunk, lane, key, ordinal } = one
        const there = known.get(key)
        if (there) {
          if (!stays(there, one)) {
            there.delegate.afterLineNumber = mark.after
            there.delegate.ordinal = ordinal
            change.layoutZone(there.id)
          }
          return there
        }
        const delegate = {
          afterLineNumber: mark.after,
          ordinal,
          heightInLines: mark.lines.length,
          domNode: blockNode(monaco, editor, model, mark.lines, hunk),
          marginDomNode: marginNode(hunk, lane),
          suppressMouseDown: false,
          showInHiddenAreas: true,
        }
        return { id: change.addZone(delegate), key, delegate }
      })
    })
  }

  return {
    show,
    clear: () => {
      forget()
      if (zones.length === 0) return
      editor.changeViewZones((change) => {
        for (const zone of zones) change.removeZone(zone.id)
      })
      zones = []
    },
  }
}

const placeOf = ({ range }: Decoration): string => `${range.startLineNumber}:${range.startColumn}`

/** Whether what was drawn is still what it should be, where it should be. */
function stands(model: TextModel, drawn: Drawn, wanted: readonly Decoration[]): boolean {
  return (
    drawn.length === wanted.length &&
    drawn.every(({ id, key }, index) => {
      const decoration = wanted[index]
      return decoration?.key === key && model.getDecorationRange(id)?.equalsRange(decoration.range)
    })
  )
}
