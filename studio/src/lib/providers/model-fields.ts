/** The models of a provider as they are typed: an id and a name, which is the id where none is given. */

export type ModelFields = { id: string; label: string }

export const NO_MODEL: Readonly<ModelFields> = { id: '', label: '' }

export function modelsOf(fields: readonly ModelFields[]): ModelFields[] {
  return fields
    .map(({ id, label }) => ({ id: id.trim(), label: label.trim() || id.trim() }))
    .filter(({ id }) => id !== '')
}
