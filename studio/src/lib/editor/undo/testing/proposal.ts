/** One's own proposal over main, and decisions about it as the server makes them: all that stays gets new ids. */
import type { RebaseMap } from '@relpin/authority/contracts/collab.ts'
import { carryKeys } from '@relpin/authority/rebase-map.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { textItems } from '#lib/workspace/live/text-items.ts'
import { History } from '../history.ts'

export type Fate = 'accept' | 'reject' | 'keep'

type Piece = {
  readonly client: number
  readonly from: number
  readonly to: number
  readonly text: string
  readonly kind: 'kept' | 'insert' | 'delete' | 'dead'
}

const TYPED = Symbol('typed')

export class Proposal {
  main = new Y.Doc()
  branch: Y.Doc
  #history: History
  #generation = 1

  constructor(start: string) {
    this.main.getText(TEXT_ROOT).insert(0, start)
    this.branch = copyOf(this.main)
    this.#history = this.#newHistory([])
    this.#feed()
  }

  get text(): string {
    return textOf(this.branch)
  }

  get mainText(): string {
    return textOf(this.main)
  }

  type(at: number, cut: number, add: string): void {
    const text = this.branch.getText(TEXT_ROOT)
    const from = at % (text.length + 1)
    this.branch.transact(() => {
      text.delete(from, Math.min(cut, text.length - from))
      text.insert(from, add)
    }, TYPED)
  }

  undo(): void {
    this.#history.undo()
  }

  redo(): void {
    this.#history.redo()
  }

  /** Each place where something waits has a fate, in the order of the text. */
  decide(fates: readonly Fate[]): void {
    const pieces = this.#pieces()
    const decided = withFates(pieces, fates)
    const main = copyOf(this.main)
    const moved = new Map<Piece, { client: number; clock: number } | null>()
    write(main, decided, 'accept', moved)
    const branch = copyOf(main)
    write(branch, decided, 'keep', moved)
    const map: RebaseMap = {
      generation: this.#generation,
      moved: pieces.flatMap((piece) => {
        const { client, from, to, kind } = piece
        const isOwn = kind === 'insert' || (kind === 'dead' && !this.#inMain(piece))
        return isOwn ? [{ client, from, to, into: moved.get(piece) ?? null }] : []
      }),
      restored: decided
        .filter(({ kind, fate }) => kind === 'delete' && fate === 'reject')
        .map(({ client, from, to }) => ({ client, from, to })),
    }
    const { caret, kept } = carryKeys(textItems(this.branch), textItems(branch), [map])
    const steps = this.#history.stepsIn(branch.getText(TEXT_ROOT), { caret, kept })
    this.#history.destroy()
    this.main = main
    this.branch = branch
    this.#generation += 1
    this.#history = this.#newHistory(steps)
    this.#feed()
  }

  #newHistory(steps: ReturnType<History['stepsIn']>): History {
    return new History(this.branch.getText(TEXT_ROOT), TYPED, () => this.main, steps, 0)
  }

  #feed(): void {
    const { main, branch } = this
    main.on('update', (update: Uint8Array) => Y.applyUpdate(branch, update))
  }

  #inMain({ client, from }: Piece): boolean {
    return from < Y.getState(this.main.store, client)
  }

  #pieces(): Piece[] {
    return textItems(this.branch).flatMap(({ client, from, to, deleted, text }): Piece[] => {
      const inMain = from < Y.getState(this.main.store, client)
      const range = { client, from, to }
      if (!inMain) return [{ ...range, text, kind: deleted ? 'dead' : 'insert' }]
      if (!deleted) return [{ ...range, text, kind: 'kept' }]
      const here = textItems(this.main).flatMap((item) => {
        const [start, end] = [Math.max(from, item.from), Math.min(to, item.to)]
        if (item.client !== client || start >= end) return []
        const part = item.text.slice(start - item.from, end - item.from)
        const kind = item.deleted ? ('dead' as const) : ('delete' as const)
        return [{ client, from: start, to: end, text: part, kind }]
      })
      return here.sort((a, b) => a.from - b.from)
    })
  }
}

type Decided = Piece & { readonly piece: Piece; readonly fate: Fate | null }

/** What waits in one stretch is decided together. */
function withFates(pieces: readonly Piece[], fates: readonly Fate[]): Decided[] {
  let hunk = -1
  let inHunk = false
  return pieces.map((piece) => {
    const waits = piece.kind === 'insert' || piece.kind === 'delete'
    if (waits && !inHunk) hunk += 1
    if (piece.kind !== 'dead') inHunk = waits
    return { ...piece, piece, fate: waits ? (fates[hunk % fates.length] ?? 'keep') : null }
  })
}

/** Does in `doc`, which shows main with what was accepted, what has this fate. */
function write(
  doc: Y.Doc,
  pieces: readonly Decided[],
  fate: Fate,
  moved: Map<Piece, { client: number; clock: number } | null>,
): void {
  const text = doc.getText(TEXT_ROOT)
  let at = 0
  doc.transact(() => {
    for (const one of pieces) {
      const isThere =
        fate === 'keep' && one.fate === 'accept'
          ? one.kind === 'insert'
          : one.kind === 'kept' || one.kind === 'delete'
      if (one.fate === fate && one.kind === 'insert') {
        const clock = Y.getState(doc.store, doc.clientID)
        moved.set(one.piece, { client: doc.clientID, clock })
        text.insert(at, one.text)
        at += one.text.length
      } else if (one.fate === fate && one.kind === 'delete') text.delete(at, one.text.length)
      else if (isThere) at += one.text.length
    }
  })
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

const textOf = (doc: Y.Doc): string => doc.getText(TEXT_ROOT).toString()
