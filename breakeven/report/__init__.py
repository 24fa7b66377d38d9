"""What people read: tables for the terminal and Markdown, sentences, JUnit, progress.

In: data of the rooms below. Out: text and rich renderables; nothing is computed here that another room needs.
"""
