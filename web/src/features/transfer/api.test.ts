import { expect, test } from 'vitest'
import { withOwnPaths } from './api'

test('[IN-14] no two files of an import have the same path', () => {
  const paths = (...all: string[]) => withOwnPaths(all.map((path) => ({ path, file: new File([], path) }))).map(({ path }) => path)
  expect(paths('a/Plan.md', 'a/Notes', 'b.md')).toEqual(['a/Plan.md', 'a/Notes', 'b.md'])
  expect(paths('a/Plan.md', 'a/Plan.md', 'a/Plan (2).md', 'v1.2/Notes', 'v1.2/Notes')).toEqual(['a/Plan.md', 'a/Plan (3).md', 'a/Plan (2).md', 'v1.2/Notes', 'v1.2/Notes (2)'])
})
