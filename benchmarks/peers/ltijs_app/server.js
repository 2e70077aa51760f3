// A tool on ltijs with PostgreSQL through ltijs-sequelize, as their documentation describes it.
const { Provider: lti } = require('ltijs')
const Database = require('ltijs-sequelize')

const { BENCH_ISSUER, BENCH_CLIENT_ID, BENCH_KEY_SET_URL, BENCH_PORT, BENCH_DATABASE, BENCH_SOCKET } = process.env

const database = new Database(BENCH_DATABASE, 'postgres', '', {
  host: BENCH_SOCKET,
  dialect: 'postgres',
  logging: false,
  pool: { max: 10 },
})

lti.setup('a-key-of-a-tool-that-lives-for-one-run', { plugin: database }, {
  appRoute: '/launch',
  loginRoute: '/login',
  cookies: { secure: false, sameSite: '' },
  devMode: false,
})
lti.onConnect((token, request, response) => response.send('welcome'))

const start = async () => {
  await lti.deploy({ port: Number(BENCH_PORT), silent: true })
  await lti.registerPlatform({
    url: BENCH_ISSUER,
    name: 'Benchmark',
    clientId: BENCH_CLIENT_ID,
    authenticationEndpoint: `${BENCH_ISSUER}/auth`,
    accesstokenEndpoint: `${BENCH_ISSUER}/token`,
    authConfig: { method: 'JWK_SET', key: BENCH_KEY_SET_URL },
  })
  console.log('ready')
}

start()
