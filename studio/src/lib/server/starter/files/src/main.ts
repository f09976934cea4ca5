/** Puts the page together: a heading, the controls, a card for every plan and the sum below. */
import { billingSwitch } from './components/billing-switch.ts'
import { planCard } from './components/plan-card.ts'
import { priceSummary } from './components/price-summary.ts'
import { seatSlider } from './components/seat-slider.ts'
import { element } from './lib/element.ts'
import { PLANS } from './lib/pricing.ts'
import { createStore } from './lib/store.ts'

const store = createStore({ seats: 8, billing: 'monthly', planId: 'team' })

const page = [
  element('header', { class: 'intro' }, [
    element('p', { class: 'eyebrow' }, ['Plans and pricing']),
    element('h1', {}, ['Room for the whole team']),
    element('p', { class: 'lead' }, ['Start small and grow. You can change plans at any time.']),
  ]),
  element('section', { class: 'controls', 'aria-label': 'Team size and billing' }, [
    seatSlider(store),
    billingSwitch(store),
  ]),
  element(
    'section',
    { class: 'plans', 'aria-label': 'Plans' },
    PLANS.map((plan) => planCard(plan, store)),
  ),
  priceSummary(store),
]

document.querySelector('#app')?.append(...page)
