// `npm run dev:web`: the console's pages as they are written, at http://localhost:5173/console/, on the API of a gateway that runs
// (`npm start`, in another terminal). What is served here has no content security policy; what is built has.
import { createServer } from 'vite';
import { config } from '../web/vite.config.mjs';

const gateway = `http://127.0.0.1:${process.env.KALABARG_HTTP_PORT ?? 8080}`;
const server = await createServer({
  ...config,
  server: {
    proxy: {
      '/api': {
        target: gateway,
        // to the gateway its own page asks
        configure: (proxy) => proxy.on('proxyReq', (request) => request.setHeader('origin', gateway)),
      },
    },
  },
});
await server.listen();
server.printUrls();
