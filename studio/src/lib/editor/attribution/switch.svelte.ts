/** Whether the gutter shows who wrote what: one switch for this browser, remembered. */
import { recall, remember } from '#lib/workspace/remembered.ts'

const KEY = 'relpin:attribution'

class AttributionSwitch {
  on = $state(recall(KEY) === 'on')

  toggle(): void {
    this.on = !this.on
    remember(KEY, this.on ? 'on' : 'off')
  }
}

export const attributionSwitch = new AttributionSwitch()
