"""Finds requests of one person with Splink, as its documentation says: python link.py RECORDS.csv PAIRS.csv

Writes every pair that it predicts, with its probability. It is given the same blocking keys as Vereda has, its own comparisons
for names and dates, frequencies of terms, and estimates all of its weights from the records themselves.
"""

import logging
import sys
import time

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.getLogger("splink").setLevel(logging.ERROR)
records, pairs = sys.argv[1:3]
numbers = ["nif", "niss", "sns", "nic"]
df = pd.read_csv(records, dtype=str, keep_default_na=False).replace("", None)
df["full"] = (df["given"].fillna("") + " " + df["family"].fillna("")).str.strip()
df["last"] = df["family"].str.split(" ").str[-1]
df["sorted"] = df["full"].apply(lambda name: " ".join(sorted(name.split())))
begun = time.monotonic()
settings = SettingsCreator(
    link_type="dedupe_only",
    comparisons=[
        cl.ForenameSurnameComparison("given", "family", forename_surname_concat_col_name="sorted"),
        cl.DateOfBirthComparison("birth", input_is_string=True),
        *[cl.ExactMatch(number) for number in numbers],
    ],
    blocking_rules_to_generate_predictions=[
        *[block_on(number) for number in numbers],
        block_on("birth"),
        block_on("given", "last"),
        block_on("sorted"),
    ],
)
linker = Linker(df, settings, DuckDBAPI())
linker.training.estimate_probability_two_random_records_match(
    [block_on(number) for number in numbers], recall=0.7
)
linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
for rule in (block_on("nif"), block_on("birth"), block_on("given", "last")):
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
found = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
found[["unique_id_l", "unique_id_r", "match_probability"]].to_csv(pairs, index=False, header=False)
print(f"{time.monotonic() - begun:.1f}")
