/** One plan: its price for this team, what it includes, and a button to choose it. */
import { element } from '../lib/element.ts'
import { formatPrice, quote, type Plan } from '../lib/pricing.ts'
import type { Store } from '../lib/store.ts'
import { button } from './button.ts'

export function planCard(plan: Plan, store: Store): HTMLElement {
  const price = element('strong', { class: 'price' })
  const choose = button(`Choose ${plan.name}`, () => {
    store.change({ planId: plan.id })
  })
  const card = element('article', { class: 'card' }, [
    element('h2', {}, [plan.name]),
    element('p', { class: 'promise' }, [plan.promise]),
    element('p', { class: 'cost' }, [price, ' a month']),
    element(
      'ul',
      {},
      plan.features.map((feature) => element('li', {}, [feature])),
    ),
    choose,
  ])
  store.follow(({ seats, billing, planId }) => {
    price.textContent = formatPrice(quote(plan, seats, billing).monthly)
    const chosen = planId === plan.id
    card.classList.toggle('chosen', chosen)
    choose.className = chosen ? 'button button-primary' : 'button button-default'
    choose.textContent = chosen ? 'Your plan' : `Choose ${plan.name}`
  })
  return card
}
