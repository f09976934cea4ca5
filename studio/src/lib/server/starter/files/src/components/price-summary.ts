/** The line at the end: what the chosen plan costs this team in a year. */
import { element } from '../lib/element.ts'
import { findPlan, formatPrice, quote } from '../lib/pricing.ts'
import type { Store } from '../lib/store.ts'

export function priceSummary(store: Store): HTMLElement {
  const total = element('strong')
  const words = element('span')
  store.follow(({ seats, billing, planId }) => {
    const plan = findPlan(planId)
    const { yearly, saved } = quote(plan, seats, billing)
    total.textContent = `${formatPrice(yearly)} a year`
    const savings = saved > 0 ? `, ${formatPrice(saved)} saved` : ''
    words.textContent = `${plan.name} for ${seats === 1 ? 'one person' : `${seats} people`}${savings}`
  })
  return element('footer', { class: 'summary', 'aria-live': 'polite' }, [words, total])
}
