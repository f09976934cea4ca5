/** What main should hold and what each proposer has pending, by characters alone: each of them is typed once. */
import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import { land } from './letters.ts'

export type Typed = { readonly typed: string; readonly removed: string }

export class StoryModel {
  main: Set<string>
  readonly inserted: readonly Set<string>[]
  readonly deleted: readonly Set<string>[]

  constructor(text: string, proposers: number) {
    this.main = new Set(text)
    this.inserted = Array.from({ length: proposers }, () => new Set<string>())
    this.deleted = Array.from({ length: proposers }, () => new Set<string>())
  }

  mainWith({ typed, removed }: Typed): Set<string> {
    const changed = new Set(this.main)
    for (const character of removed) changed.delete(character)
    for (const character of typed) changed.add(character)
    return changed
  }

  proposed(who: number, { typed, removed }: Typed): void {
    for (const character of removed) {
      if (!this.inserted[who]?.delete(character)) this.deleted[who]?.add(character)
    }
    for (const character of typed) this.inserted[who]?.add(character)
  }

  landed(who: number, hunks: readonly Hunk[]): void {
    for (const hunk of hunks) land(this.main, hunk)
    this.rejected(who, hunks)
  }

  rejected(who: number, hunks: readonly Pick<Hunk, 'change'>[]): void {
    for (const { change } of hunks) if (change.kind === 'text') this.gone(who, change.segments)
  }

  /** Out of the branch, and not in main for it. */
  gone(
    who: number,
    pieces: readonly { readonly kind: 'insert' | 'delete'; readonly text: string }[],
  ): void {
    for (const { kind, text } of pieces)
      for (const character of text)
        (kind === 'insert' ? this.inserted : this.deleted)[who]?.delete(character)
  }

  /** What main does not have any more, nobody proposes to delete. */
  forgetDeleted(): void {
    for (const deleted of this.deleted)
      for (const character of deleted) if (!this.main.has(character)) deleted.delete(character)
  }

  view(who: number): Set<string> {
    const view = new Set(this.main)
    for (const character of this.deleted[who] ?? []) view.delete(character)
    for (const character of this.inserted[who] ?? []) view.add(character)
    return view
  }
}
