/** A button in one of two weights. */
import { element } from '../lib/element.ts'

export type ButtonVariant = 'default' | 'primary'

export function button(
  label: string,
  onPress: () => void,
  variant: ButtonVariant = 'default',
): HTMLButtonElement {
  const made = element('button', { type: 'button', class: `button button-${variant}` }, [label])
  made.addEventListener('click', onPress)
  return made
}
