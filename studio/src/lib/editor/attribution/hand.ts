/** The hand that wrote a text, as the editor shows it: a hand of the history, or one's own text that waits in a branch. */
import type { Hand } from '@relpin/authority/contracts/history.ts'
import { agentName, firstName } from '#lib/ui/person-words.ts'

export type ShownHand = Hand & { readonly pending: boolean }

/** The platform itself: what no member wrote. */
export const NOBODY = 'Relpin'

export const isAgent = (hand: Hand): boolean => hand.session !== null

/** `Mira Kask`, `OpenCode for Mira`, `Relpin`. */
export function handName(hand: Hand): string {
  if (!hand.member) return NOBODY
  return isAgent(hand) ? agentName(hand.member.name) : hand.member.name
}

/** The same without what everybody knows, for a narrow column: `Mira`, `for Mira`. */
export function shortName(hand: Hand): string {
  if (!hand.member) return NOBODY
  const name = firstName(hand.member.name)
  return isAgent(hand) ? `for ${name}` : name
}

/** Equal for hands that are the same in everything. */
export const handKey = (hand: Hand): string =>
  [
    hand.member?.id,
    hand.session?.id,
    hand.patch?.id,
    hand.approver?.id,
    hand.restored?.patch.id,
  ].join(' ')

/** Equal for hands that look the same in the gutter: the same person or their agent, approved by the same one. */
export const faceKey = (hand: ShownHand): string =>
  [hand.member?.id, isAgent(hand), hand.approver?.id, hand.pending].join(' ')

/** One sentence: `OpenCode for Mira, model x, patch 1f4a, approved by Jo Sand`. */
export function handSentence(hand: ShownHand): string {
  return [
    handName(hand),
    hand.session?.model && `model ${hand.session.model}`,
    hand.patch && `patch ${hand.patch.id}`,
    hand.approver && `approved by ${hand.approver.name}`,
    hand.restored && `brought back by ${hand.restored.by.name} in patch ${hand.restored.patch.id}`,
    hand.pending && 'waits for approval',
  ]
    .filter(Boolean)
    .join(', ')
}
