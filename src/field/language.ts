/** The languages that people read here: Persian first. */
export type Language = 'fa' | 'en';

/** The same text in each of them. */
export type Text = Readonly<Record<Language, string>>;
