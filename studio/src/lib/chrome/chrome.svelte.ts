/**
 * What a page adds to the top bar while it is open. In the component of the page:
 *
 *   const chrome = useChrome()
 *   chrome.show({ get presence() { return presence } })   // a {#snippet presence()} of the page
 *
 * Several pages never add at once; what was added goes with the page.
 */
import { getContext, setContext, type Snippet } from 'svelte'

export type ChromeParts = {
  /** Who else is here, left of the page's buttons. */
  readonly presence?: Snippet | undefined
  /** Buttons at the right end. */
  readonly actions?: Snippet
  /** Open proposals of this app, when the page knows better than the last load. */
  readonly pending?: number | undefined
}

export class Chrome {
  parts = $state.raw<ChromeParts>({})

  /** Shows these parts until the calling component goes. Call it while the component is initialised. */
  show(parts: ChromeParts): void {
    $effect(() => {
      this.parts = parts
      return () => {
        if (this.parts === parts) this.parts = {}
      }
    })
  }
}

const KEY = Symbol('chrome')

export function provideChrome(): Chrome {
  return setContext(KEY, new Chrome())
}

export function useChrome(): Chrome {
  return getContext<Chrome>(KEY)
}
