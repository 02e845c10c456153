/** The demo programme: who its terminals and households are, and where their files lie. Light: who needs what runs `npm start`
 *  takes machine/. */
export { terminalCertificate } from './files.ts';
export {
  DEMO_EXPIRY,
  DEMO_FIELD_DEVICES,
  DEMO_HOUSEHOLDS,
  DEMO_MODELS,
  DEMO_PIN,
  DEMO_TERMINALS,
  DEMO_TRANSPORT,
  DEMO_TRANSPORT_KEY,
  DEMO_ZMK,
  demoPan,
  demoShop,
  demoTrack2,
  type DemoTerminal,
} from './programme.ts';
