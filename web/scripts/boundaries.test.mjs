import { expect, test } from 'vitest'
import { faultsOf } from './boundaries.mjs'

const LIBRARY = ['features/library/list/DocumentList.tsx', "import { api } from '../api'\nimport type { Me } from '../../people'\nimport { live } from '../../../sync/live'\n"]

test('a feature may import its own files, the index of another, and shared modules', () => {
  expect(faultsOf([LIBRARY, ['app.tsx', "import { DocumentList } from './features/library'\nconst Page = lazy(() => import('./features/editor'))\n"]])).toEqual([])
})

test('the internals of another feature are refused in every form of import', () => {
  const internals = ["import { api } from '../people/api'", "export { api } from '../people/api'", "import type { Me } from '../people/api'", "import '../people/api'", "const api = import('../people/api')"]
  for (const line of internals) {
    expect(faultsOf([['features/audit/AuditPage.tsx', line]])).toEqual(['features/audit/AuditPage.tsx imports features/people/api: it is internal to people: import features/people'])
  }
  expect(faultsOf([['app.tsx', "import { api } from './features/people/api'"]])).toHaveLength(1)
})

test('shared modules do not import features, and no feature imports its own index', () => {
  expect(faultsOf([['sync/session.ts', "import { useMe } from '../features/people'"]])).toHaveLength(1)
  expect(faultsOf([['rights.ts', "import type { Me } from './features/people'"]])).toHaveLength(1)
  expect(faultsOf([['features/people/account/Keys.tsx', "import { useMe } from '..'"]])).toHaveLength(1)
})

test('features do not import each other in a circle', () => {
  const files = [LIBRARY, ['features/people/x.ts', "import '../review'"], ['features/review/x.ts', "import '../library'"]]
  expect(faultsOf(files)).toEqual(['features import each other in a circle: library -> people -> review -> library'])
})

test('a component has at most 250 lines', () => {
  expect(faultsOf([['features/people/Long.tsx', 'x\n'.repeat(250)], ['features/people/long.ts', 'x\n'.repeat(400)]])).toEqual([])
  expect(faultsOf([['features/people/Long.tsx', 'x\n'.repeat(251)]])).toHaveLength(1)
})
