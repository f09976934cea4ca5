/** What Monaco's hover says of the character under the pointer or, by keyboard, at the caret: who wrote it. */
import { agentName } from '#lib/ui/person-words.ts'
import { exactTime, relativeTime } from '#lib/ui/time-words.ts'
import type { MonacoApi, TextModel } from '../monaco.ts'
import type { HandNote } from './attribution.svelte.ts'
import { handName, isAgent } from './hand.ts'

type HoverOptions = {
  /** Nothing is said of other models, nor while it answers `null`. */
  readonly noteAt: (model: TextModel, offset: number) => Promise<HandNote | null>
  /** Absolute address of a patch's page. */
  readonly patchUrl: (patch: string) => string
  /** Follows such an address within the studio; false when it is not one of ours. */
  readonly follow: (url: string) => boolean
}

/** Returns how to stop. */
export function hoverAuthors(monaco: MonacoApi, options: HoverOptions): () => void {
  const provider = monaco.languages.registerHoverProvider('*', {
    provideHover: async (model, position) => {
      const note = await options.noteAt(model, model.getOffsetAt(position))
      return note && { contents: [{ value: noteMarkdown(note, options.patchUrl, Date.now()) }] }
    },
  })
  const opener = monaco.editor.registerLinkOpener({
    open: (resource) => options.follow(resource.toString(true)),
  })
  return () => {
    provider.dispose()
    opener.dispose()
  }
}

/** One paragraph; names and titles are people's own words and never become markup. */
function noteMarkdown(
  { hand, at }: HandNote,
  patchUrl: (patch: string) => string,
  now: number,
): string {
  const patch = (of: { readonly id: string; readonly title: string }): string =>
    `[patch ${of.id}](${patchUrl(of.id)})${of.title ? ` ${plain(of.title)}` : ''}`
  const name = isAgent(hand)
    ? `✦ ${plain(agentName(hand.member?.name ?? ''))}`
    : plain(handName(hand))
  return [
    `**${name}**`,
    hand.session && plain(hand.session.model),
    hand.patch && patch(hand.patch),
    hand.approver && `approved by ${plain(hand.approver.name)}`,
    hand.restored &&
      `brought back by ${plain(hand.restored.by.name)} in ${patch(hand.restored.patch)}`,
    hand.pending && 'waits for approval',
    at && `${relativeTime(at, now)} (${exactTime(at)})`,
  ]
    .filter(Boolean)
    .join(' · ')
}

const plain = (words: string): string =>
  words.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]()#+\-.!<>|~$&:]/g, '\\$&')
