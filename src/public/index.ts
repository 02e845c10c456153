/** The public door: pages for shops and households (docs/people.md 2). */
export { createPublicDoor, type PublicDoorOptions } from './server.ts';
