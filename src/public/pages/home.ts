import type { FastifyInstance } from 'fastify';
import type { Door } from '../door.ts';
import { html } from '../html.ts';
import { t } from '../language.ts';

/** `/`: what a shop wants to know before it types anything. */
export function homeRoutes(server: FastifyInstance, door: Door): void {
  server.get('/', (request, reply) => {
    const language = door.languageOf(request);
    const title = t(language, { fa: 'فروش با کالابرگ در فروشگاه شما', en: 'Sell for kalabarg in your shop' });
    return door.render(reply, { title, body: html`<h1>${title}</h1>` });
  });
}
