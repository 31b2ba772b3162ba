// Keeps the texts of the page in their message files: nothing that people read is written in code, every language has every
// text with the same parameters, and no text is unused. Run by `npm run lint`.
//
// A comment `not a text: …` on a line or above it leaves the line out: its words are a name, or are stored or logged.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

const LANGUAGES = ['en', 'de', 'fr']
/** The modules that write dates, numbers and plurals, in the language of the page. */
const FORMATS = /^(language\/|dates\.ts|numbers\.ts)/

// --- Text in code ---

const WORD = /\p{L}{2}/u
/** What reads like a text: it begins with a capital, or has several words. */
const isProse = (text) => WORD.test(text) && !/^https?:/.test(text) && (/^[“"'(]?\p{Lu}[\p{Ll}’']/u.test(text.trim()) || /\p{L}[\p{L}’'.,:;!?…)”]*\s+\S*\p{L}/u.test(text) || / \p{L}/u.test(text))
/** `Mod-Alt-m`, `Escape`. */
const isKey = (text) => /^(Mod|Alt|Shift|Ctrl|Meta|Control|Enter|Escape|Esc|Tab|Backspace|Delete|Home|End|Arrow(Up|Down|Left|Right)|Page(Up|Down))(-\S+)?$/.test(text)

/** Attributes of JSX whose words nobody reads. */
const SILENT = /^(class|className|style|type|id|method|list|key|name|role|href|to|src|path|rel|target|accept|pattern|lang|value|defaultValue|kind|view|opens|autoComplete|inputMode|enterKeyHint|download|d|viewBox|aria-(hidden|live|current|haspopup|autocomplete|labelledby|describedby|controls|expanded|keyshortcuts|multiline)|data-.*)$/
/** Functions whose arguments nobody reads, such as those of the DOM. */
const DEAF = /^(querySelector(All)?|closest|matches|addEventListener|removeEventListener|createElement|toggleAttribute|getAttribute|setProperty|toggle|add|remove|contains|startsWith|endsWith|includes|split|replace|replaceAll|join|match|getItem|setItem|removeItem|getData|setData|execCommand|matchMedia|get|set|has|append|isActive|toggleMark|setNode|setMeta|getMeta|GET|POST|PUT|PATCH|DELETE|RegExp|Error|TypeError|DOMException|PluginKey|warn|lazily|lazyPage)$/

const nameOf = (callee) => (callee.type === 'Identifier' ? callee.name : callee.property?.name)

/** Every text in a file that people would read, as pairs of its place and its words. */
function textsIn(path, source) {
  const { program } = parseSync(path, source, { lang: 'tsx', sourceType: 'module' })
  const found = []
  const note = (node, text) => isProse(text) && !isKey(text) && found.push([node.start, text.trim().replace(/\s+/g, ' ')])
  const words = (node) => (node.type === 'TemplateLiteral' ? node.quasis.map(({ value }) => value.cooked).join('{}') : node.value)
  const isText = (node) => node?.type === 'TemplateLiteral' || (node?.type === 'Literal' && typeof node.value === 'string')
  const walkAll = (nodes) => nodes.forEach(walk)
  function walk(node) {
    if (!node || typeof node.type !== 'string') return
    switch (node.type) {
      case 'ImportDeclaration': case 'ExportAllDeclaration': case 'ImportExpression': case 'TaggedTemplateExpression': return
      case 'JSXText': return WORD.test(node.value) && found.push([node.start, node.value.trim().replace(/\s+/g, ' ')])
      case 'JSXAttribute': {
        const name = node.name.name?.name ?? node.name.name
        if (SILENT.test(name)) return node.value?.type === 'JSXExpressionContainer' && !isText(node.value.expression) && !/^(className|style|data-.*)$/.test(name) ? walk(node.value) : undefined
        return isText(node.value) && WORD.test(node.value.value) && !/^https?:/.test(node.value.value) ? found.push([node.start, node.value.value]) : walk(node.value)
      }
      // A word that is compared, or the name of a property, is not shown.
      case 'BinaryExpression': if (/^[!=]==?$/.test(node.operator)) return walkAll([node.left, node.right].filter((side) => !isText(side))); break
      case 'SwitchCase': return walkAll(node.consequent)
      case 'AssignmentExpression': return SILENT.test(node.left.property?.name) ? undefined : walk(node.right)
      case 'Property': case 'PropertyDefinition': return node.key.name === 'class' || (SILENT.test(node.key.name) && isText(node.value)) ? undefined : walk(node.value)
      case 'CallExpression': case 'NewExpression': {
        const name = nameOf(node.callee)
        walk(node.callee)
        if (name === 'setAttribute') return /^(aria-(label|description|valuetext)|title|placeholder|alt)$/.test(node.arguments[0]?.value) ? walk(node.arguments[1]) : undefined
        return walkAll(DEAF.test(name ?? '') ? node.arguments.filter((one) => !isText(one)) : node.arguments)
      }
      case 'Literal': return typeof node.value === 'string' && note(node, node.value)
      case 'TemplateLiteral': note(node, words(node).replaceAll('{}', '')); return walkAll(node.expressions)
    }
    if (node.type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)Expression$/.test(node.type)) return
    for (const [name, value] of Object.entries(node)) {
      if (name === 'type') continue
      if (Array.isArray(value)) walkAll(value)
      else if (value && typeof value === 'object') walk(value)
    }
  }
  walk(program)
  return found
}

/** Texts and formats that a file of code may not have. */
function faultsOfCode(path, source) {
  const lines = source.split('\n')
  const lineAt = (place) => source.slice(0, place).split('\n').length
  const isExcused = (line) => /not a text: \S/.test(lines[line - 1] ?? '') || /not a text: \S/.test(lines[line - 2] ?? '')
  const faults = textsIn(path, source).map(([place, text]) => [lineAt(place), `“${text}” is a text: it belongs into a message file`])
  if (!FORMATS.test(path)) {
    for (const { index, 0: used } of source.matchAll(/\bIntl\.(DateTimeFormat|NumberFormat|PluralRules|ListFormat|RelativeTimeFormat)|\.toLocale(Date|Time)?String\(/g)) faults.push([lineAt(index), `${used} does not know the language of the page: use dates.ts or numbers.ts`])
  }
  return faults.filter(([line]) => !isExcused(line)).map(([line, fault]) => `${path}:${line}: ${fault}`)
}

// --- Message files ---

/** The texts of a message file by name: strings, or records of plural forms. */
function messagesIn(path, source) {
  const { program } = parseSync(path, source, { lang: 'ts', sourceType: 'module' })
  const literal = (node) => {
    if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') return literal(node.expression)
    if (node.type === 'ObjectExpression') return Object.fromEntries(node.properties.map(({ key, value }) => [key.name ?? key.value, literal(value)]))
    return node.type === 'TemplateLiteral' ? node.quasis[0].value.cooked : node.value
  }
  return literal(program.body.find(({ type }) => type === 'ExportDefaultDeclaration').declaration)
}

const formsOf = (message) => (typeof message === 'string' ? [message] : Object.values(message))
const parametersOf = (message) => [...new Set(formsOf(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)))].filter((name) => typeof message === 'string' || name !== 'count').sort().join(', ')
/** A word or two are often the same in another language; a sentence is not. */
const isSentence = (text) => text.replace(/\{\w+\}/g, '').split(/\s+/).filter((word) => WORD.test(word)).length > 1

/** What is wrong with a message of another language. */
function faultsOfMessage(language, english, other) {
  if (other === undefined) return ['is missing']
  if (typeof english !== typeof other) return ['has forms for numbers in one language only']
  const faults = []
  if (parametersOf(english) !== parametersOf(other)) faults.push(`has the parameters ${parametersOf(other) || 'none'}, not ${parametersOf(english) || 'none'}`)
  if (formsOf(other).some((text) => isSentence(text) && formsOf(english).includes(text))) faults.push('is not translated')
  return [...faults, ...faultsOfForms(language, other)]
}

function faultsOfForms(language, message) {
  if (typeof message === 'string') return []
  // French has the form `many` for large round numbers. The page does not show such numbers, so `other` is enough.
  const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((form) => form !== 'many')
  return needed.filter((form) => !(form in message)).map((form) => `has no form for “${form}”`)
}

function faultsOfFolder(folder, files, users) {
  const faults = []
  const read = (language) => files.has(`${folder}/${language}.ts`) ? messagesIn(`${folder}/${language}.ts`, files.get(`${folder}/${language}.ts`)) : {}
  const english = read('en')
  for (const [name, message] of Object.entries(english)) {
    faults.push(...faultsOfForms('en', message).map((fault) => `${folder}/en.ts: ${name} ${fault}`))
    if (!users.some((source) => new RegExp(`\\bt\\.${name}\\b`).test(source))) faults.push(`${folder}/en.ts: ${name} is not used`)
  }
  for (const language of LANGUAGES.slice(1)) {
    const other = read(language)
    for (const [name, message] of Object.entries(english)) faults.push(...faultsOfMessage(language, message, other[name]).map((fault) => `${folder}/${language}.ts: ${name} ${fault}`))
    for (const name of Object.keys(other)) if (!(name in english)) faults.push(`${folder}/${language}.ts: ${name} is not in en.ts`)
  }
  return faults
}

/** All faults in the files, given as pairs of a path below src/ and its text. */
export function faultsOf(pairs) {
  const files = new Map(pairs)
  const isMessages = (path) => /(^|\/)messages\/\w+\.ts$/.test(path)
  const code = pairs.filter(([path]) => !isMessages(path) && !path.startsWith('language/') && !/\.test\.tsx?$/.test(path))
  const folders = [...new Set(pairs.map(([path]) => path).filter(isMessages).map((path) => dirname(path)))].sort()
  const users = (folder) => code.filter(([path, source]) => [...source.matchAll(/from '(\.[^']*\/messages)'/g)].some(([, target]) => posix.join(dirname(path), target) === folder)).map(([, source]) => source)
  return [...code.flatMap(([path, source]) => faultsOfCode(path, source)), ...folders.flatMap((folder) => faultsOfFolder(folder, files, users(folder)))]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const src = fileURLToPath(new URL('../src', import.meta.url))
  const paths = readdirSync(src, { recursive: true }).map((path) => path.replaceAll('\\', '/')).filter((path) => /\.tsx?$/.test(path))
  const faults = faultsOf(paths.map((path) => [path, readFileSync(join(src, path), 'utf8')]))
  for (const fault of faults) console.error(`src/${fault}`)
  if (faults.length > 0) process.exit(1)
}
