import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { type Plugin, type Rolldown, parseSync } from 'vite'
import { defineConfig } from 'vitest/config'

/** The scripts that draw diagrams and formulas are large: a device keeps them only after their first use. */
const ON_USE = /\/drawings\/(mermaid|math)\.ts$/

/** The scripts and styles that a device keeps in advance: all except those that it keeps after their first use. */
function keptFiles(bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>()
  const walk = (name: string) => {
    const chunk = bundle[name]
    if (chunk?.type !== 'chunk' || found.has(name) || ON_USE.test(chunk.facadeModuleId ?? '')) return
    found.add(name)
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style)
    for (const next of [...chunk.imports, ...chunk.dynamicImports]) walk(next)
  }
  for (const [name, file] of Object.entries(bundle)) if (file.type === 'chunk' && file.isEntry) walk(name)
  return [...found]
}

/** Adds the service worker, with the list of the scripts and styles that it keeps. */
const offline = (): Plugin => ({
  name: 'offline',
  apply: 'build',
  generateBundle(_options, bundle) {
    const files = keptFiles(bundle).map((name) => `/${name}`)
    const worker = readFileSync(new URL('src/offline.js', import.meta.url), 'utf8')
    this.emitFile({ type: 'asset', fileName: 'offline.js', source: `const FILES = ${JSON.stringify(files)}\n${worker}` })
  },
})

/** Leaves out the forms of fonts that only old browsers need. */
const fonts = (): Plugin => ({
  name: 'fonts',
  enforce: 'pre',
  transform: (code, id) => (/\/katex\/.*\.css$/.test(id) ? code.replace(/,\s*url\([^)]*\.(woff|ttf)\)\s*format\([^)]*\)/g, '') : undefined),
})

/** Puts a small script before the page's own one. It loads the texts of the reader's language beside the page. */
const texts = (): Plugin => ({
  name: 'texts',
  apply: 'build',
  buildStart() {
    this.emitFile({ type: 'chunk', id: fileURLToPath(new URL('src/language/begin.ts', import.meta.url)), name: 'begin' })
  },
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle = {} }) {
      const begin = Object.values(bundle).find((file) => file.type === 'chunk' && file.name === 'begin')
      return [{ tag: 'script', attrs: { type: 'module', src: `/${begin?.fileName}`, crossorigin: true }, injectTo: 'head-prepend' }]
    },
  },
})

/** Properties of Tiptap's extensions for a Markdown that this page does not use: the server reads and writes Markdown. */
const MARKDOWN = new Set(['markdownTokenName', 'markdownTokenizer', 'markdownOptions', 'parseMarkdown', 'renderMarkdown'])

/** Leaves them out, with what only they need. */
const withoutMarkdown = (): Plugin => ({
  name: 'without-markdown',
  apply: 'build',
  transform(code, id) {
    if (!/\/node_modules\/@tiptap\/extension/.test(id)) return
    const found: [number, number][] = []
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      const { type, key, start, end } = node as { type?: string; key?: { name?: string }; start: number; end: number }
      const isSpec = type === 'SpreadElement' && /^\.\.\.create(Block|Inline)MarkdownSpec\(/.test(code.slice(start, end))
      if (isSpec || (type === 'Property' && MARKDOWN.has(key?.name ?? ''))) found.push([start, end])
      else for (const child of Object.values(node)) walk(child)
    }
    walk(parseSync(id, code).program.body)
    return found.reduceRight((rest, [start, end]) => rest.slice(0, start) + rest.slice(end).replace(/^\s*,/, ''), code)
  },
})

export default defineConfig({
  plugins: [react(), fonts(), withoutMarkdown(), offline(), texts()],
  resolve: {
    alias: {
      // Mermaid brings another version of its own.
      katex: fileURLToPath(new URL('node_modules/katex', import.meta.url)),
      '@consilium/client': fileURLToPath(new URL('../clients/typescript/src/index.ts', import.meta.url)),
      // The client would use a copy of its own; the page must have only one.
      'openapi-fetch': fileURLToPath(new URL('node_modules/openapi-fetch', import.meta.url)),
    },
  },
  build: {
    target: 'es2022',
    sourcemap: false,
    // The page's policy takes no fonts from its styles.
    assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
    chunkSizeWarningLimit: 800,
    // A list of what each part of the page imports would be longer than some parts. An open document has much to import.
    modulePreload: { resolveDependencies: (file, needed, { hostType }) => (hostType === 'html' || /\/editor-/.test(file) ? needed : needed.filter((name) => name.endsWith('.css'))) },
    rolldownOptions: {
      treeshake: {
        // So that what imports one part of a feature does not have to load all parts that its index names.
        moduleSideEffects: [{ test: /\/src\/(features|elements)\//, sideEffects: false }],
      },
      output: {
        // The code that every page loads is in few files: the loader of texts, the libraries (which seldom change), and
        // the page's own code.
        codeSplitting: {
          // Again, because of the index of each feature.
          includeDependenciesRecursively: false,
          groups: [
            { name: 'texts', test: /src\/language\/(language|load)\.ts$/, priority: 3 },
            { name: 'libraries', test: /node_modules/, tags: ['$initial'], priority: 2 },
            { name: 'page', test: /\/src\//, tags: ['$initial'], priority: 1 },
            // Of what is loaded later, parts that are shared are few files too; "desk" and "writing" come with an open document.
            { name: 'icons', test: /\/lucide-react\//, minShareCount: 2 },
            { name: 'desk', test: /\/src\/features\/(editor|suggesting\/(shown|rebase|mode)|(suggesting|review|files|search|notify)\/(?!upload)([^/]*|messages\/index)\.ts$)/, minShareCount: 2 },
            { name: 'writing', test: /\/node_modules\/(@tiptap|prosemirror-[\w-]+|orderedmap|w3c-keyname)\//, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/collab': { target: 'ws://127.0.0.1:8080', ws: true } } },
  // A deadline ends a test that is broken, never one that is slow.
  test: { include: ['src/**/*.test.ts', 'scripts/*.test.mjs'], testTimeout: 60_000 },
})
