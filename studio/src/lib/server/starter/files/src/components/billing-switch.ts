/** Monthly or yearly: two buttons of which one is pressed. */
import { element } from '../lib/element.ts'
import type { Billing } from '../lib/pricing.ts'
import type { Store } from '../lib/store.ts'
import { button } from './button.ts'

const LABELS: Readonly<Record<Billing, string>> = {
  monthly: 'Monthly',
  yearly: 'Yearly, two months free',
}

export function billingSwitch(store: Store): HTMLElement {
  const buttons = (['monthly', 'yearly'] as const).map((billing) => {
    const made = button(LABELS[billing], () => {
      store.change({ billing })
    })
    store.follow((choice) => {
      made.setAttribute('aria-pressed', String(choice.billing === billing))
    })
    return made
  })
  return element('div', { class: 'billing', role: 'group', 'aria-label': 'Billing' }, buttons)
}
