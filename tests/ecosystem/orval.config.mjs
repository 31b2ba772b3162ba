const { OPENAPI, OUT } = process.env

export default { consilium: { input: OPENAPI, output: { target: OUT, client: 'fetch', mode: 'single' } } }
