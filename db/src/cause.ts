/** What an update was for beside typing, and which of its text stands for text that was there before. */

/** A piece of text that was brought back: `length` ids from `from` on stand for as many of `source`, the first writing. */
export type Restored = {
  readonly client: number
  readonly from: number
  readonly length: number
  readonly source: { readonly client: number; readonly from: number }
}

export type Cause =
  | { readonly kind: 'import' | 'create' }
  | { readonly kind: 'revert'; readonly seq: number; readonly restored: readonly Restored[] }
  /** `patch` is the short id of what was taken back. */
  | { readonly kind: 'undo'; readonly patch: string; readonly restored: readonly Restored[] }
