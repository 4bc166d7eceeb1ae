import type { WorkedExamples } from './worked-example.js';

export const swissExamples: readonly WorkedExamples[] = [
  {
    regime: 'fadp',
    right: 'access',
    step: 'answer',
    source: 'Art. 25(7) FADP; Art. 18 DPO',
    rows: [
      ['Switzerland, 30 days', '2026-11-22', '2026-12-22', '2026-12-22'],
      ['Switzerland, 30 days over a February', '2027-01-31', '2027-03-02', '2027-03-02'],
      ['Switzerland, 30 days over a leap February', '2028-01-31', '2028-03-01', '2028-03-01'],
      ['Switzerland, Christmas Day does not move the end', '2026-11-25', '2026-12-25', '2026-12-25'],
      ['Switzerland, over the turn of the year', '2026-12-15', '2027-01-14', '2027-01-14'],
      [
        'Switzerland, a notice of extension does not change the 30 days',
        '2026-11-22',
        '2026-12-22',
        '2026-12-22',
        'extended 2026-12-01',
      ],
    ],
  },
  {
    regime: 'fadp',
    right: 'erasure',
    step: 'answer',
    source: 'Art. 25(7) FADP; Art. 18 DPO, by analogy',
    rows: [['Switzerland, erasure takes the time of access', '2026-11-22', '2026-12-22', '2026-12-22']],
  },
  {
    regime: 'fadp',
    right: 'access',
    step: 'answer',
    source: 'Art. 25(7) FADP; Art. 18 DPO; the day in Zurich, by analogy',
    rows: [['Switzerland, after midnight in Zurich', '2026-11-22T23:30:00.000Z', '2026-12-23', '2026-12-23']],
  },
];
