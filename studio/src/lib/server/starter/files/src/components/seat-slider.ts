/** How many people: a slider that says its value in words. */
import { element } from '../lib/element.ts'
import type { Store } from '../lib/store.ts'

const MOST_SEATS = 100

export function seatSlider(store: Store): HTMLElement {
  const value = element('output', { for: 'seats' })
  const input = element('input', {
    id: 'seats',
    type: 'range',
    min: '1',
    max: String(MOST_SEATS),
    value: String(store.choice().seats),
  })
  input.addEventListener('input', () => {
    store.change({ seats: input.valueAsNumber })
  })
  store.follow(({ seats }) => {
    value.textContent = seats === 1 ? '1 person' : `${seats} people`
  })
  return element('div', { class: 'seats' }, [
    element('label', { for: 'seats' }, ['Team size']),
    input,
    value,
  ])
}
