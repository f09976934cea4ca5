/** The Suggesting switch of somebody who may write directly: their own, for one app, remembered by this browser. */
import type { DocumentChoice } from './live/document-choice.ts'
import { recall, remember } from './remembered.ts'

export class Suggesting {
  /** What the person chose; a rule may ask for a suggestion all the same. */
  on: boolean = $state(false)
  readonly #key: string

  constructor(appId: string, memberId: string) {
    this.#key = `relpin:suggesting:${appId}:${memberId}`
    this.on = recall(this.#key) === 'on'
  }

  set(on: boolean): void {
    this.on = on
    remember(this.#key, on ? 'on' : 'off')
  }
}

/** How somebody works in the file in front, as the editor's bar says it. */
type WorkingMode =
  | { readonly kind: 'free'; readonly suggesting: boolean }
  | { readonly kind: 'suggesting' | 'reading'; readonly why: string }

/** `free`: both are possible, and the switch says which. */
export function workingMode(choice: DocumentChoice | null, suggesting: boolean): WorkingMode {
  if (choice?.mode === 'read') return { kind: 'reading', why: choice.why }
  if (choice?.mode === 'propose' && choice.cause === 'required') {
    return { kind: 'suggesting', why: choice.why }
  }
  return { kind: 'free', suggesting }
}
