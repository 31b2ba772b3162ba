import { expect, test } from 'vitest'
import { isMeant } from './PersonPicker'

test('[SHELL-11] a person is found by the beginnings of words of the name or the address, without accents and case', () => {
  const jose = { key: 'p', name: 'José Núñez', detail: 'jose.n@example.org' }
  for (const typed of ['', 'jos', 'JOSE nun', 'nunez jo', 'jose.n@', 'example']) expect(isMeant(typed, jose), typed).toBe(true)
  for (const typed of ['ose', 'jose x', 'nuñezz']) expect(isMeant(typed, jose), typed).toBe(false)
})
